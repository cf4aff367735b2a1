// Everything that can be opened here.
#include <invigil/capture.hpp>

#ifndef INVIGIL_WITH_DEVICES

std::vector<invigil::Device> invigil::list_devices() { return {}; }

#else

#include "capture/sound_server.hpp"
#include "capture/v4l2.hpp"

#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

namespace invigil {

namespace {

void add_cameras(std::vector<Device>& devices) {
  for (const auto& camera : capture::find_cameras()) {
    Device device{DeviceKind::camera, camera.node, camera.card, {}};
    if (camera.error)
      device.formats.push_back(fmt::format("cannot be opened: {}", std::strerror(camera.error)));
    for (const auto& f : camera.formats)
      device.formats.push_back(fmt::format("{} {}x{} {:g} fps", f.name, f.width, f.height, f.rate));
    devices.push_back(std::move(device));
  }
}

void add_microphones(std::vector<Device>& devices) {
  const auto server = capture::sound_server_sources();
  const char* prefix = server ? "pulse:" : "alsa:";
  for (const auto& source : server ? *server : capture::alsa_sources())
    devices.push_back({DeviceKind::microphone, prefix + source.id, source.name, {}});
}

void add_screens(std::vector<Device>& devices) {
  const char* display = std::getenv("DISPLAY");
  if (display && *display)
    devices.push_back({DeviceKind::screen, display, fmt::format("X display {}", display), {}});
}

}  // namespace

std::vector<Device> list_devices() {
  std::vector<Device> devices;
  add_cameras(devices);
  add_microphones(devices);
  add_screens(devices);
  return devices;
}

}  // namespace invigil
#endif
