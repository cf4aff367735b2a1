// How a place moved from one picture to another.
#pragma once

#include "idcard/geometry.hpp"

#include <optional>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// The affine motion that carries what is inside `place` in `from` to where it is in `to`,
/// from Lucas-Kanade flow of corners, or nothing when too few agree. Both pictures: 8-bit luma of one size.
/// Keeps nothing between calls, so it runs as well backwards in time. Deterministic.
[[nodiscard]] std::optional<cv::Matx33d> motion_of(const Polygon& place, const cv::Mat& from,
                                                   const cv::Mat& to);

}  // namespace invigil::idcard
