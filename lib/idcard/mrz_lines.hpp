// Lines of characters of constant pitch, at any angle: what machine readable zones are made of.
#pragma once

#include "idcard/geometry.hpp"

#include <optional>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// A picture at sizes that differ by a factor of the square root of two, the largest first.
class Pyramid {
 public:
  /// luma: 8-bit; must outlive the pyramid. The smallest size is the first whose longer side is under
  /// `shortest`.
  explicit Pyramid(const cv::Mat& luma, int shortest = 160);
  [[nodiscard]] std::size_t size() const { return levels_.size(); }
  [[nodiscard]] const cv::Mat& operator[](std::size_t k) const { return levels_[k]; }
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
  std::vector<cv::Mat> levels_;
};

/// A stretch that may be a line of print, in pixels of the picture.
struct Stroke {
  cv::Point2d middle;
  cv::Point2d along;  ///< Unit vector.
  double length = 0;
  double height = 0;  ///< Of its characters.
};

/// Places of even, busy texture that are long and narrow, longest first for each size.
[[nodiscard]] std::vector<Stroke> strokes_in(const Pyramid& pyramid);

/// A straight line of characters of constant pitch, seen in perspective. Characters are counted from 0 within
/// the line as far as it was seen; which of the document's characters that is, nobody knows yet.
struct PrintLine {
  cv::Point2d start;  ///< The line's point at coordinate 0.
  cv::Point2d along;  ///< Unit vector.
  /// A character's number at coordinate x is (a + b x) / (1 + c x); its middle has a whole number.
  double a = 0, b = 0, c = 0;
  int count = 0;       ///< Characters 0 to count - 1 are there.
  double height = 0;   ///< Of the characters, in pixels.
  double regular = 0;  ///< How even the pitch is: the share of the profile's power at the pitch.
  [[nodiscard]] cv::Point2d at(double character) const;
  /// In pixels, in the middle of the line.
  [[nodiscard]] double pitch() const;
};

/// The line of print of which `stroke` is a part; nothing when its pitch is less even than `regular`.
[[nodiscard]] std::optional<PrintLine> print_line(const Pyramid& pyramid, const Stroke& stroke,
                                                  double regular = 0.2);

}  // namespace invigil::idcard
