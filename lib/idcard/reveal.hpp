// What may be shown of a document: its portrait and the holder's name, never a number.
#pragma once

#include "idcard/geometry.hpp"

#include <invigil/concealed.hpp>

#include <optional>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// The directions of a document's edges. Rectangles "along the axes" lie in coordinates turned by them.
class Axes {
 public:
  /// x: along the document's upper or lower edge; need not have unit length, but some.
  explicit Axes(cv::Point2f x = {1, 0});
  [[nodiscard]] cv::Point2f into(cv::Point2f p) const { return {p.dot(x_), p.dot(y_)}; }
  [[nodiscard]] cv::Point2f out(cv::Point2f p) const { return p.x * x_ + p.y * y_; }
  /// The smallest rectangle along the axes around the points.
  [[nodiscard]] cv::Rect2f around(const Polygon& points) const;
  [[nodiscard]] Polygon corners(const cv::Rect2f& rectangle) const;
  [[nodiscard]] cv::Point2f x() const { return x_; }

 private:
  cv::Point2f x_, y_;
};

/// What one close look at a document found. Polygons with four corners each, in pixels of the picture that
/// the net sees at every look.
struct Reveal {
  Axes axes;
  Polygon portrait;             ///< Empty when it was not seen for sure.
  std::vector<Polygon> hidden;  ///< Numbers, codes and the machine readable zone.
  Polygon name;  ///< The name field, see `MrzSight::name_field`; shown although digits be seen in it.
  Polygon zone;  ///< The machine readable zone, if any; also among `hidden`.
};

[[nodiscard]] Reveal moved(const Reveal& reveal, const cv::Matx33d& motion);
[[nodiscard]] Reveal scaled(const Reveal& reveal, float x, float y);

/// What two looks at the same document both allow: shown is what both would show, hidden what either would
/// hide. Nothing when they do not agree on the axes (4 degrees) or on the portrait (half of its area).
[[nodiscard]] std::optional<Reveal> agreed(const Reveal& older, const Reveal& newer);

/// The rectangle along the axes around `place`, less what may be shown, in as few quads as a grid gives.
[[nodiscard]] std::vector<ConcealedQuad> quads_around(const Polygon& place, const Reveal& reveal);

}  // namespace invigil::idcard
