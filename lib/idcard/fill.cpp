#include "idcard/fill.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace invigil::idcard {

namespace {

/// Columns [begin, end) of a row.
struct Span {
  int begin = 0, end = 0;
};

/// The part of the convex quad between y0 and y1, as lowest and highest x; empty when low > high.
struct Extent {
  float low = 1e9F, high = -1e9F;
  void add(float x) {
    low = std::min(low, x);
    high = std::max(high, x);
  }
};

Extent extent(const Quad& quad, float y0, float y1) {
  Extent e;
  for (std::size_t k = 0; k < 4; ++k) {
    const Point a = quad[k], b = quad[(k + 1) % 4];
    if (a.y >= y0 && a.y <= y1) e.add(a.x);
    for (const float y : {y0, y1})
      if ((a.y - y) * (b.y - y) < 0) e.add(a.x + (b.x - a.x) * (y - a.y) / (b.y - a.y));
  }
  return e;
}

/// The 2 x 2 blocks of block row `row` that the quad touches, out of `blocks`.
Span touched(const Quad& quad, int row, int blocks) {
  const Extent e = extent(quad, static_cast<float>(2 * row), static_cast<float>(2 * row + 2));
  if (e.low > e.high) return {};
  const float last = static_cast<float>(blocks);
  const int begin = static_cast<int>(std::floor(std::clamp(e.low / 2, 0.0F, last)));
  const int end = static_cast<int>(std::floor(std::clamp(e.high / 2, -1.0F, last - 1))) + 1;
  return end > begin ? Span{begin, end} : Span{};
}

Span rows_of(const Quad& quad, int blocks) {
  const auto [low, high] =
      std::minmax_element(quad.begin(), quad.end(), [](Point a, Point b) { return a.y < b.y; });
  const float last = static_cast<float>(blocks);
  return {static_cast<int>(std::floor(std::clamp(low->y / 2, 0.0F, last))),
          static_cast<int>(std::floor(std::clamp(high->y / 2, -1.0F, last - 1))) + 1};
}

void set(std::uint8_t* row, int begin, int end, std::uint8_t value) {
  if (end > begin) std::memset(row + begin, value, static_cast<std::size_t>(end - begin));
}

/// Calls `paint(block row, span of blocks)` for all blocks that the quad touches.
template <class Paint>
void for_each_row(const Quad& quad, int width, int height, const Paint& paint) {
  const Span rows = rows_of(quad, (height + 1) / 2);
  for (int row = rows.begin; row < rows.end; ++row) {
    const Span span = touched(quad, row, (width + 1) / 2);
    if (span.end > span.begin) paint(row, span);
  }
}

}  // namespace

void fill(Image& image, const Quad& quad) {
  if (image.empty()) return;
  const Plane y = image.mutable_plane(0), u = image.mutable_plane(1), v = image.mutable_plane(2);
  for_each_row(quad, y.width, y.height, [&](int row, Span span) {
    set(u.row(row), span.begin, span.end, cover_chroma);
    set(v.row(row), span.begin, span.end, cover_chroma);
    for (int line = 2 * row; line < std::min(2 * row + 2, y.height); ++line)
      set(y.row(line), 2 * span.begin, std::min(2 * span.end, y.width), cover_luma);
  });
}

void fill_rgb(std::uint8_t* rgb, int width, int height, std::ptrdiff_t stride, const Quad& quad) {
  for_each_row(quad, width, height, [&](int row, Span span) {
    for (int line = 2 * row; line < std::min(2 * row + 2, height); ++line)
      set(rgb + line * stride, 6 * span.begin, 3 * std::min(2 * span.end, width), cover_rgb);
  });
}

}  // namespace invigil::idcard
