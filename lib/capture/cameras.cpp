// Which camera is meant, and by which backend it is read.
#include "capture/device_error.hpp"
#include "capture/sources.hpp"
#include "capture/v4l2.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

namespace invigil::capture {

namespace {

constexpr std::string_view by_libavdevice = "libavdevice:";

bool can_be_read(const CameraDevice& camera) { return camera.error == 0 && !camera.formats.empty(); }

}  // namespace

CameraDevice choose_camera(const std::string& wanted) {
  const auto cameras = find_cameras();
  const auto is = [&](const CameraDevice& c) {
    return c.id == wanted || c.node == wanted || c.card == wanted;
  };
  if (wanted.empty()) {
    const auto found = std::find_if(cameras.begin(), cameras.end(), can_be_read);
    if (found != cameras.end()) return *found;
    if (cameras.empty())
      throw DeviceError(DeviceTrouble::absent, "camera",
                        "none is attached; plug one in, or check that no switch or cover disables it");
    const auto& first = cameras.front();
    throw device_error("camera", first.node, first.error ? first.error : ENOTSUP);
  }
  const auto found = std::find_if(cameras.begin(), cameras.end(), is);
  if (found == cameras.end()) throw device_error("camera", wanted, ENODEV);
  if (found->error) throw device_error("camera", found->node, found->error);
  return *found;
}

std::unique_ptr<CameraSource> open_camera(const CameraOptions& options) {
  if (options.device.starts_with(by_libavdevice))
    return libavdevice_camera(options.device.substr(by_libavdevice.size()), options);
#if defined(INVIGIL_WITH_V4L2)
  const auto camera = choose_camera(options.device);
  // What the reader does not know, libavdevice may.
  if (!camera.formats.empty()) {
    auto source = read_camera(v4l2_port(camera, options.width, options.height, options.rate),
                              {.queue = options.queue, .longest_absence = options.longest_absence});
    if (seems_virtual(camera.driver, camera.card)) source->log()->seems_played(camera.card, camera.driver);
    return source;
  }
#endif
  return libavdevice_camera(options.device, options);
}

}  // namespace invigil::capture
