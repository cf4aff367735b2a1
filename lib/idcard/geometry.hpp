// Convex polygons: where documents are.
#pragma once

#include <invigil/concealed.hpp>

#include <array>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// Convex, in order around it, in pixels of the picture that the net sees unless said otherwise.
using Polygon = std::vector<cv::Point2f>;
using Quad = std::array<Point, 4>;

[[nodiscard]] Polygon hull(const Polygon& points);
[[nodiscard]] Polygon united(const Polygon& a, const Polygon& b);
/// Every edge moved outwards by `pixels`, at least.
[[nodiscard]] Polygon grown(const Polygon& polygon, float pixels);
/// Drawn together about its middle, to `share` of its size.
[[nodiscard]] Polygon shrunk(const Polygon& polygon, float share);
[[nodiscard]] Polygon moved(const Polygon& polygon, const cv::Matx33d& motion);
[[nodiscard]] Polygon scaled(const Polygon& polygon, float x, float y);
[[nodiscard]] float area(const Polygon& polygon);
/// The shorter side of the smallest rectangle around the polygon.
[[nodiscard]] float breadth(const Polygon& polygon);
/// The longer one.
[[nodiscard]] float length(const Polygon& polygon);
/// The area that both cover.
[[nodiscard]] float shared_area(const Polygon& a, const Polygon& b);
/// How many of the picture's edges it reaches, within a fiftieth of the picture's width or height.
[[nodiscard]] int edges_reached(const Polygon& polygon, cv::Size picture);
[[nodiscard]] Polygon rectangle(float x, float y, float width, float height);
/// The smallest rectangle, at any angle, around the polygon: what is covered and reported.
[[nodiscard]] Quad quad_around(const Polygon& polygon);

}  // namespace invigil::idcard
