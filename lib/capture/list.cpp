// Everything that can be opened here.
#include "capture/device_error.hpp"
#include "capture/microphones.hpp"
#include "capture/v4l2.hpp"

#include <invigil/capture.hpp>

#include <cstdlib>
#include <system_error>

#include <fmt/format.h>

namespace invigil {

namespace {

[[maybe_unused]] void add_cameras(std::vector<Device>& devices) {
  for (const auto& camera : capture::find_cameras()) {
    Device device{.kind = DeviceKind::camera,
                  .id = camera.id,
                  .name = camera.card,
                  .formats = {},
                  .path = camera.node,
                  .driver = camera.driver,
                  .seems_virtual = capture::seems_virtual(camera.driver, camera.card)};
    if (camera.error) {
      device.trouble = capture::trouble_of(camera.error);
      device.formats.push_back(
          fmt::format("cannot be opened: {}", std::generic_category().message(camera.error)));
    } else if (camera.formats.empty()) {
      device.trouble = DeviceTrouble::unsupported;
    }
    for (const auto& f : camera.formats)
      device.formats.push_back(fmt::format("{} {}x{} {:g} fps", f.name, f.width, f.height, f.rate));
    devices.push_back(std::move(device));
  }
}

void add_microphones(std::vector<Device>& devices) {
  for (const auto& source : capture::find_microphones())
    devices.push_back({DeviceKind::microphone, source.id, source.name, {}});
}

#ifdef INVIGIL_WITH_AVDEVICE
void add_screens(std::vector<Device>& devices) {
  const char* display = std::getenv("DISPLAY");
  if (display && *display)
    devices.push_back({DeviceKind::screen, display, fmt::format("X display {}", display), {}});
}

#endif

}  // namespace

std::vector<Device> list_devices() {
  std::vector<Device> devices;
#if defined(INVIGIL_WITH_V4L2) || defined(INVIGIL_WITH_AVDEVICE)
  add_cameras(devices);
#endif
  add_microphones(devices);
#ifdef INVIGIL_WITH_AVDEVICE
  add_screens(devices);
#endif
  return devices;
}

}  // namespace invigil
