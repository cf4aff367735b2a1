// A picture at several sizes.
#pragma once

#include <cstddef>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// A picture at sizes that differ by a factor of the square root of two, the largest first, each made when it
/// is asked for. Not for concurrent use.
class Pyramid {
 public:
  /// luma: 8-bit; must outlive the pyramid. The smallest size is the first whose longer side is under
  /// `shortest`.
  explicit Pyramid(const cv::Mat& luma, int shortest = 160);
  [[nodiscard]] std::size_t size() const { return sizes_.size(); }
  [[nodiscard]] const cv::Mat& operator[](std::size_t k) const;
  [[nodiscard]] cv::Size picture() const { return sizes_[0]; }
  /// Pixels of level k per pixel of the picture, along x and y.
  [[nodiscard]] cv::Point2d zoom(std::size_t k) const;
  /// The smallest level at which `pixels` of the picture are at least `wanted`; the largest if none is.
  [[nodiscard]] std::size_t level_for(double pixels, double wanted) const;
  /// The picture through `to_picture` (from pixels of the result to pixels of the picture), taken from the
  /// level where one pixel of the result is about one pixel. pixels: the length in the picture of `wanted`
  /// pixels of the result.
  [[nodiscard]] cv::Mat sample(const cv::Matx33d& to_picture, cv::Size size, double pixels,
                               double wanted) const;

 private:
  std::vector<cv::Size> sizes_;
  mutable std::vector<cv::Mat> levels_;
};

/// Some of a pyramid's levels: those from `first` to `last`.
struct Levels {
  std::size_t first = 0, last = static_cast<std::size_t>(-1);
};
/// Those at which print with characters `least` to `most` pixels apart is found.
[[nodiscard]] Levels levels_for(float least, float most);
/// The number of levels that a pyramid of such a picture has.
[[nodiscard]] std::size_t levels_of(cv::Size picture, int shortest = 160);

}  // namespace invigil::idcard
