#include "idcard/geometry.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

Polygon hull(const Polygon& points) {
  Polygon result;
  if (!points.empty()) cv::convexHull(points, result);
  return result;
}

Polygon united(const Polygon& a, const Polygon& b) {
  Polygon all = a;
  all.insert(all.end(), b.begin(), b.end());
  return hull(all);
}

Polygon grown(const Polygon& polygon, float pixels) {
  // The octagon around each corner has an inner radius of `pixels`, so no edge moves by less.
  const float r = pixels, s = pixels * (std::sqrt(2.0F) - 1);
  Polygon all;
  all.reserve(polygon.size() * 8);
  for (const auto& p : polygon)
    for (const float x : {-1.0F, 1.0F})
      for (const float y : {-1.0F, 1.0F}) {
        all.emplace_back(p.x + x * r, p.y + y * s);
        all.emplace_back(p.x + x * s, p.y + y * r);
      }
  return hull(all);
}

Polygon shrunk(const Polygon& polygon, float share) {
  cv::Point2f middle;
  for (const auto& p : polygon) middle += p / static_cast<float>(polygon.size());
  Polygon result = polygon;
  for (auto& p : result) p = middle + share * (p - middle);
  return result;
}

Polygon moved(const Polygon& polygon, const cv::Matx33d& motion) {
  Polygon result;
  if (!polygon.empty()) cv::perspectiveTransform(polygon, result, motion);
  return result;
}

Polygon scaled(const Polygon& polygon, float x, float y) {
  Polygon result = polygon;
  for (auto& p : result) p = {p.x * x, p.y * y};
  return result;
}

float area(const Polygon& polygon) {
  return polygon.size() < 3 ? 0.0F : static_cast<float>(cv::contourArea(polygon));
}

float breadth(const Polygon& polygon) {
  if (polygon.size() < 3) return 0;
  const auto size = cv::minAreaRect(polygon).size;
  return std::min(size.width, size.height);
}

float length(const Polygon& polygon) {
  if (polygon.size() < 3) return 0;
  const auto size = cv::minAreaRect(polygon).size;
  return std::max(size.width, size.height);
}

float shared_area(const Polygon& a, const Polygon& b) {
  if (a.size() < 3 || b.size() < 3) return 0;
  Polygon both;
  return cv::intersectConvexConvex(a, b, both);
}

int edges_reached(const Polygon& polygon, cv::Size picture) {
  if (polygon.empty()) return 0;
  constexpr double edge = 0.02;
  const cv::Rect box = cv::boundingRect(polygon);
  return (box.x <= edge * picture.width) + (box.y <= edge * picture.height) +
         (box.br().x >= (1 - edge) * picture.width) + (box.br().y >= (1 - edge) * picture.height);
}

Polygon rectangle(float x, float y, float width, float height) {
  return {{x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}};
}

Quad quad_around(const Polygon& polygon) {
  std::array<cv::Point2f, 4> corners;
  cv::minAreaRect(polygon).points(corners.data());
  Quad quad;
  std::transform(corners.begin(), corners.end(), quad.begin(), [](cv::Point2f p) { return Point{p.x, p.y}; });
  return quad;
}

}  // namespace invigil::idcard
