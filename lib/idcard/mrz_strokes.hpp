// Places that may be lines of print.
#pragma once

#include "idcard/mrz_pyramid.hpp"

#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// A stretch that may be a line of print, in pixels of the picture.
struct Stroke {
  cv::Point2d middle;
  cv::Point2d along;  ///< Unit vector.
  double length = 0;
  double height = 0;  ///< Of its characters.
};

/// Places of even, busy texture that are long and narrow, from the smallest print to the largest, the longest
/// of each size first.
[[nodiscard]] std::vector<Stroke> strokes_in(const Pyramid& pyramid, Levels levels = {});

}  // namespace invigil::idcard
