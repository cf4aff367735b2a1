// What cameras Linux has, asked of the kernel: libavdevice tells neither sizes nor rates.
#pragma once

#include <string>
#include <vector>

namespace invigil::capture {

struct CameraFormat {
  std::string name;  ///< As libavdevice calls it: "mjpeg", "yuyv422", ...
  int width = 0, height = 0;
  double rate = 0;  ///< Frames a second.
};

struct CameraDevice {
  std::string node;  ///< E.g. "/dev/video0".
  std::string card;  ///< What the driver calls it.
  std::vector<CameraFormat> formats;
  int error = 0;  ///< errno of opening it; then the rest is unknown.
};

/// By node number; those that do not capture pictures are left out.
[[nodiscard]] std::vector<CameraDevice> find_cameras();

/// The format nearest to the wish: first the size, then the rate, then the cheaper to decode. None of none.
[[nodiscard]] const CameraFormat* choose_format(const std::vector<CameraFormat>& formats, int width,
                                                int height, double rate);

}  // namespace invigil::capture
