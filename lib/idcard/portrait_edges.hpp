// The edges of a photograph on a document.
#pragma once

#include "idcard/reveal.hpp"

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// The net says to a few pixels where a portrait is; a number that is printed along its edge is no further
/// off. So on each side the picture decides: the photograph is shown with all within `band` of it, but where
/// something is printed beside it only up to its edge, the innermost straight line that is nearly as marked
/// as any. portrait: along the axes, in pixels of `luma`, which is 8-bit.
[[nodiscard]] cv::Rect2f photograph(const cv::Mat& luma, const Axes& axes, const cv::Rect2f& portrait,
                                    float band);

}  // namespace invigil::idcard
