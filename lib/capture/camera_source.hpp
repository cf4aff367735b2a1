// A camera, whichever backend reads it.
#pragma once

#include "capture/device_log.hpp"
#include "capture/video_node.hpp"

#include <invigil/capture.hpp>

#include <memory>

namespace invigil::capture {

class CameraSource : public Source<RawFrame> {
 public:
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] virtual std::shared_ptr<DeviceLog> log() const = 0;
};

struct ReaderOptions {
  std::size_t queue = 8;
  Duration longest_absence = Duration::max();
  /// Opening takes at most this long. Default: 5 s.
  Duration open = std::chrono::seconds{5};
  /// A stream that gives nothing for the longer of this and 5 periods stands still. Default: 500 ms.
  Duration stall = std::chrono::milliseconds{500};
  /// Cameras take a while to begin: this long after a start, more after every one that brought nothing.
  /// Default: 2 s.
  Duration begin = std::chrono::seconds{2};
  /// For the first picture of all. Default: 5 s.
  Duration first_picture = std::chrono::seconds{5};
};

/// Reads the camera behind `port`. Throws `DeviceError` when it cannot be opened or started.
[[nodiscard]] std::unique_ptr<CameraSource> read_camera(std::unique_ptr<CameraPort> port,
                                                        const ReaderOptions& options);

}  // namespace invigil::capture
