// What cameras Linux has, asked of the kernel: libavdevice tells neither sizes nor rates.
#pragma once

#include "capture/video_node.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace invigil::capture {

struct CameraFormat {
  std::string name;  ///< As libavdevice calls it: "mjpeg", "yuyv422", ...
  int width = 0, height = 0;
  double rate = 0;           ///< Frames a second.
  std::uint32_t fourcc = 0;  ///< As the kernel calls it.
};

struct CameraDevice {
  std::string node;    ///< E.g. "/dev/video0".
  std::string card;    ///< What the driver calls it.
  std::string bus;     ///< Where it is plugged in, e.g. "usb-0000:00:14.0-1".
  std::string driver;  ///< E.g. "uvcvideo".
  /// Card, bus, and which of several that have both: what stays the same when it is plugged in again.
  std::string id;
  std::vector<CameraFormat> formats;
  int error = 0;  ///< errno of opening it; then the rest is unknown.
};

/// By node number; those that do not capture pictures are left out.
[[nodiscard]] std::vector<CameraDevice> find_cameras();

/// Where several have one card and bus (one device may have several nodes that capture), the second's id ends
/// in " #2".
void number_equals(std::vector<CameraDevice>& cameras);

/// Whether a program plays this camera, as far as driver and name tell.
[[nodiscard]] bool seems_virtual(std::string_view driver, std::string_view name);

/// The format nearest to the wish: first the size, then the rate, then the cheaper to decode. None of none.
[[nodiscard]] const CameraFormat* choose_format(const std::vector<CameraFormat>& formats, int width,
                                                int height, double rate);

/// The one that is meant by an id, a node or a name; by nothing, the first that can be read. Throws
/// `DeviceError`.
[[nodiscard]] CameraDevice choose_camera(const std::string& wanted);

/// The library's own way to a camera: by its id, in the format nearest to the wish. Null where this build has
/// no V4L2.
[[nodiscard]] std::unique_ptr<CameraPort> v4l2_port(const CameraDevice& camera, int width, int height,
                                                    double rate);

}  // namespace invigil::capture
