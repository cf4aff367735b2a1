#include "idcard/reveal.hpp"

#include <algorithm>
#include <cmath>

namespace invigil::idcard {

namespace {

constexpr float turn = 0.17F;  // radians (10 degrees) by which two looks may differ
constexpr float same_portrait = 0.5F;
constexpr float same_outline = 0.8F;
constexpr float slack = 1;  // pixels by which a shown rectangle is drawn in

cv::Rect2f drawn_in(cv::Rect2f r, float by) {
  return {r.x + by, r.y + by, std::max(0.0F, r.width - 2 * by), std::max(0.0F, r.height - 2 * by)};
}

/// The coordinates along the axes of the corners of a rectangle that is turned a little against them, each
/// sorted.
struct Sides {
  std::array<float, 4> x{}, y{};
  Sides(const Axes& axes, const Polygon& turned) {
    for (std::size_t k = 0; k < 4; ++k) {
      const auto p = axes.into(turned[k]);
      x[k] = p.x;
      y[k] = p.y;
    }
    std::sort(x.begin(), x.end());
    std::sort(y.begin(), y.end());
  }
};

/// The rectangle along the axes inside it: no corner of it is beyond.
cv::Rect2f inside(const Axes& axes, const Polygon& turned) {
  if (turned.size() != 4) return {};
  const Sides s{axes, turned};
  return axes.around(turned) & cv::Rect2f(cv::Point2f(s.x[1], s.y[1]), cv::Point2f(s.x[2], s.y[2]));
}

/// The rectangle along the axes with its sides: how it is turned says less than where it is.
cv::Rect2f straightened(const Axes& axes, const Polygon& turned) {
  if (turned.size() != 4) return {};
  const auto [x, y] = Sides{axes, turned};
  return {cv::Point2f((x[0] + x[1]) / 2, (y[0] + y[1]) / 2),
          cv::Point2f((x[2] + x[3]) / 2, (y[2] + y[3]) / 2)};
}

Polygon outline_of(const Axes& axes, const Reveal& older, const Reveal& newer) {
  const float larger = std::max(area(older.outline), area(newer.outline));
  if (larger <= 0 || shared_area(hull(older.outline), hull(newer.outline)) < same_outline * larger) return {};
  return axes.corners(axes.around(united(older.outline, newer.outline)));
}

std::vector<Polygon> each(const std::vector<Polygon>& polygons, const auto& change) {
  std::vector<Polygon> result;
  for (const auto& p : polygons) result.push_back(change(p));
  return result;
}

Reveal changed(const Reveal& r, const auto& change) {
  const Polygon ends = change(Polygon{{0, 0}, r.axes.x() * 100, r.axes.y() * 100});
  const auto if_any = [&](const Polygon& p) { return p.empty() ? Polygon{} : change(p); };
  return {Axes{ends[1] - ends[0], ends[2] - ends[0]},
          if_any(r.portrait),
          each(r.hidden, change),
          each(r.numbers, change),
          if_any(r.name),
          if_any(r.zone),
          if_any(r.outline)};
}

/// Where the grid's lines are: every edge of every rectangle, within [low, high].
std::vector<float> cuts(float low, float high, std::vector<float> edges) {
  edges.push_back(low);
  edges.push_back(high);
  for (auto& e : edges) e = std::clamp(e, low, high);
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end(), [](float a, float b) { return b - a < 0.25F; }),
              edges.end());
  edges.back() = high;
  return edges;
}

bool any_contains(const std::vector<cv::Rect2f>& rectangles, cv::Point2f p) {
  return std::any_of(rectangles.begin(), rectangles.end(),
                     [&](const cv::Rect2f& r) { return r.contains(p); });
}

struct Run {
  float begin, end;
  ConcealedField what;
  bool operator==(const Run&) const = default;
};

}  // namespace

Axes::Axes(cv::Point2f x, cv::Point2f y) {
  const float length = std::hypot(x.x, x.y);
  x_ = length > 0 ? x / length : cv::Point2f(1, 0);
  y_ = length > 0 ? y / length : cv::Point2f(0, 1);
  constexpr float flat = 0.1F;  // seen from so far aside that nothing can be told
  if (std::abs(cross(x_, y_)) < flat) y_ = {-x_.y, x_.x};
  det_ = cross(x_, y_);
}

cv::Rect2f Axes::around(const Polygon& points) const {
  if (points.empty()) return {};
  cv::Point2f low = into(points[0]), high = low;
  for (const auto& point : points) {
    const auto p = into(point);
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
  }
  return {low, high};
}

Polygon Axes::corners(const cv::Rect2f& r) const {
  return {out(r.tl()), out({r.x + r.width, r.y}), out(r.br()), out({r.x, r.y + r.height})};
}

Reveal moved(const Reveal& reveal, const cv::Matx33d& motion) {
  return changed(reveal, [&](const Polygon& p) { return moved(p, motion); });
}

Reveal scaled(const Reveal& reveal, float x, float y) {
  return changed(reveal, [&](const Polygon& p) { return scaled(p, x, y); });
}

std::optional<Reveal> agreed(const Reveal& older, const Reveal& newer) {
  const Axes& axes = newer.axes;
  for (const auto& edge : {older.axes.x(), older.axes.y()}) {
    const auto e = axes.into(edge);  // a quarter turn apart is as good
    if (std::min(std::abs(e.x), std::abs(e.y)) > turn * std::hypot(e.x, e.y)) return std::nullopt;
  }
  const cv::Rect2f portrait = straightened(axes, older.portrait) & axes.around(newer.portrait);
  Reveal both = newer;
  both.portrait = axes.corners(portrait);
  if (portrait.empty() ||
      area(both.portrait) < same_portrait * std::max(area(older.portrait), area(newer.portrait)))
    both.portrait.clear();
  both.hidden.insert(both.hidden.end(), older.hidden.begin(), older.hidden.end());
  both.numbers.insert(both.numbers.end(), older.numbers.begin(), older.numbers.end());
  both.outline = outline_of(axes, older, newer);
  return both;
}

std::vector<ConcealedQuad> quads_around(const Polygon& place, const Reveal& reveal) {
  const Axes& axes = reveal.axes;
  const cv::Rect2f whole = axes.around(reveal.outline.empty() ? place : reveal.outline);
  std::vector<cv::Rect2f> shown, named, hidden, numbers;
  if (!reveal.portrait.empty()) shown.push_back(axes.around(reveal.portrait));
  if (!reveal.name.empty()) named.push_back(drawn_in(inside(axes, reveal.name), slack));
  for (const auto& p : reveal.hidden) hidden.push_back(axes.around(p));
  for (const auto& p : reveal.numbers) numbers.push_back(axes.around(p));
  std::vector<float> x, y;
  for (const auto* rectangles : {&shown, &named, &hidden, &numbers})
    for (const auto& r : *rectangles) {
      x.insert(x.end(), {r.x, r.x + r.width});
      y.insert(y.end(), {r.y, r.y + r.height});
    }
  x = cuts(whole.x, whole.x + whole.width, x);
  y = cuts(whole.y, whole.y + whole.height, y);
  const cv::Rect2f zone = reveal.zone.empty() ? cv::Rect2f{} : axes.around(reveal.zone);

  std::vector<ConcealedQuad> quads;
  std::vector<Run> above;
  float top = whole.y;
  const auto flush = [&](float bottom) {
    for (const auto& run : above) {
      const Polygon c = axes.corners({{run.begin, top}, cv::Point2f{run.end, bottom}});
      ConcealedQuad quad{run.what, {}};
      std::transform(c.begin(), c.end(), quad.points.begin(), [](cv::Point2f p) { return Point{p.x, p.y}; });
      quads.push_back(quad);
    }
    top = bottom;
  };
  for (std::size_t row = 0; row + 1 < y.size(); ++row) {
    std::vector<Run> runs;
    for (std::size_t column = 0; column + 1 < x.size(); ++column) {
      const cv::Point2f middle((x[column] + x[column + 1]) / 2, (y[row] + y[row + 1]) / 2);
      if ((any_contains(named, middle) && !any_contains(numbers, middle)) ||
          (any_contains(shown, middle) && !any_contains(hidden, middle)))
        continue;
      const auto what = zone.contains(middle) ? ConcealedField::mrz : ConcealedField::whole;
      if (!runs.empty() && runs.back().end == x[column] && runs.back().what == what)
        runs.back().end = x[column + 1];
      else
        runs.push_back({x[column], x[column + 1], what});
    }
    if (runs != above) {
      flush(y[row]);
      above = std::move(runs);
    }
  }
  flush(whole.y + whole.height);
  return quads;
}

}  // namespace invigil::idcard
