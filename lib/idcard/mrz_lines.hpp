// Lines of characters of constant pitch, at any angle: what machine readable zones are made of.
#pragma once

#include "idcard/mrz_strokes.hpp"

#include <optional>

#include <opencv2/core.hpp>

namespace invigil::idcard {

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
