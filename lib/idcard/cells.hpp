// What changed between two pictures, coarsely: sensors' noise does not count.
#pragma once

#include <opencv2/core.hpp>

namespace invigil::idcard {

inline constexpr int cell = 8;         ///< Pixels of what the net sees.
inline constexpr int least_cells = 8;  ///< A third of the smallest document whose number can be read.

/// The brightness of each cell of what the net sees, in `cells`.
void into_cells(const cv::Mat& whole, cv::Mat& cells);
/// 255 for each cell that changed, else 0. Both are of one size.
[[nodiscard]] cv::Mat changed_cells(const cv::Mat& before, const cv::Mat& now);

}  // namespace invigil::idcard
