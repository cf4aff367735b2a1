// What may be shown of a document: its portrait and the holder's name, never a number.
#pragma once

#include "idcard/geometry.hpp"

#include <invigil/concealed.hpp>

#include <optional>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// The directions of a document's edges. Rectangles "along the axes" lie in their coordinates; in the picture
/// they are parallelograms once the document was tilted.
class Axes {
 public:
  /// x: along the document's upper or lower edge; need not have unit length, but some. y is square to it.
  explicit Axes(cv::Point2f x = {1, 0}) : Axes(x, {-x.y, x.x}) {}
  /// Lengths count as shares of that of x.
  Axes(cv::Point2f x, cv::Point2f y);
  [[nodiscard]] cv::Point2f into(cv::Point2f p) const { return {cross(p, y_) / det_, cross(x_, p) / det_}; }
  [[nodiscard]] cv::Point2f out(cv::Point2f p) const { return p.x * x_ + p.y * y_; }
  /// The smallest rectangle along the axes around the points.
  [[nodiscard]] cv::Rect2f around(const Polygon& points) const;
  [[nodiscard]] Polygon corners(const cv::Rect2f& rectangle) const;
  [[nodiscard]] cv::Point2f x() const { return x_; }
  [[nodiscard]] cv::Point2f y() const { return y_; }

 private:
  static float cross(cv::Point2f a, cv::Point2f b) { return a.x * b.y - a.y * b.x; }
  cv::Point2f x_, y_;
  float det_;
};

/// What one close look at a document found. Polygons with four corners each, in pixels of the picture that
/// the net sees at every look.
struct Reveal {
  Axes axes;
  Polygon portrait;              ///< Empty when it was not seen for sure.
  std::vector<Polygon> hidden;   ///< Numbers, codes and the machine readable zone.
  std::vector<Polygon> numbers;  ///< Those of them that are surely numbers.
  Polygon name;  ///< The name field, see `MrzSight::name_field`; shown but for what are surely numbers.
  Polygon zone;  ///< The machine readable zone, if any; also among `hidden`.
  /// The rectangle along the axes around the document and its numbers, with a margin. Empty when it is not
  /// known.
  Polygon outline;
};

[[nodiscard]] Reveal moved(const Reveal& reveal, const cv::Matx33d& motion);
[[nodiscard]] Reveal scaled(const Reveal& reveal, float x, float y);

/// What two looks at the same document both say: shown is what both would show, hidden what either would
/// hide. Nothing when they do not agree on the axes (10 degrees); no portrait when not on half of its area.
/// The outline is around both, and known only where they agree on four fifths of it.
[[nodiscard]] std::optional<Reveal> agreed(const Reveal& older, const Reveal& newer);

/// The outline, or where that is not known the rectangle along the axes around `place`, less what may be
/// shown, in as few quads as a grid gives.
[[nodiscard]] std::vector<ConcealedQuad> quads_around(const Polygon& place, const Reveal& reveal);

}  // namespace invigil::idcard
