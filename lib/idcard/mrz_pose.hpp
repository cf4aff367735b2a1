// Where a document lies, from the places of its characters.
#pragma once

#include "idcard/mrz_sight.hpp"

#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

// Note [why a camera]
// A homography has eight parameters. Two lines of print, 6 mm apart, do not determine those that say how the
// page goes on 70 mm above them: fitted freely, a tenth of a pixel there moves a corner by a centimetre. A
// camera with a usual angle of view has six, and what the lines leave open (how far the page leans) is most
// likely little.

/// From millimetres of a page to pixels: the likeliest view by a camera of `picture` pixels (focal length 0.9
/// of the longer side) for which the points `page` are seen at `seen`. pitch: pixels between characters.
/// mirrored: as in a mirror.
[[nodiscard]] cv::Matx33d likely_pose(const std::vector<cv::Point2d>& page,
                                      const std::vector<cv::Point2d>& seen, double pitch, cv::Size picture,
                                      bool mirrored);

}  // namespace invigil::idcard
