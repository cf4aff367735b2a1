#include "idcard/mrz_strokes.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <tuple>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

namespace {

// At each size those lines are found whose characters are some 3 to 6 pixels high: there neighbours grow
// together, and lines do not.
constexpr double thinnest = 2.8, thickest = 10.0;  // of a grown line, in pixels of the level
constexpr double shortest = 36;                    // in pixels of the level
constexpr int contrast = 14;                       // least difference between neighbouring pixels
constexpr int around = 8;                          // side of the blocks that say what is usual there
constexpr std::size_t strokes_per_level = 20;
constexpr int largest_side = 8192;  // of a level: what is larger is seen at the next

/// 255 where the picture is busier than its surroundings.
cv::Mat busy(const cv::Mat& luma) {
  cv::Mat high, low, usual, even, mask;
  const cv::Mat square = cv::getStructuringElement(cv::MORPH_RECT, cv::Size(3, 3));
  cv::dilate(luma, high, square);
  cv::erode(luma, low, square);
  cv::subtract(high, low, high);
  const cv::Size blocks((luma.cols + around - 1) / around, (luma.rows + around - 1) / around);
  cv::resize(high, usual, blocks, 0, 0, cv::INTER_AREA);
  cv::blur(usual, usual, cv::Size(5, 5));
  cv::max(usual, contrast, usual);
  cv::resize(usual, even, luma.size(), 0, 0, cv::INTER_NEAREST);
  cv::compare(high, even, mask, cv::CMP_GT);
  return mask;
}

/// What is known of a connected place without looking at its pixels again.
struct Moments {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;

  /// Pixels begin to end - 1 of a row.
  void add_run(int begin, int end, int row) {
    const double count = end - begin, first = begin, last = end - 1, sum = count * (first + last) / 2;
    n += count;
    x += sum;
    y += count * row;
    xy += sum * row;
    yy += count * row * row;
    const auto squares = [](double k) { return k * (k + 1) * (2 * k + 1) / 6; };  // of 0 to k
    xx += squares(last) - squares(first - 1);
  }
  void add(const Moments& o) { n += o.n, x += o.x, y += o.y, xx += o.xx, xy += o.xy, yy += o.yy; }
};

/// Connected places of a mask, from runs of pixels: faster than labels of pixels, since most are empty.
class Places {
 public:
  explicit Places(const cv::Mat& mask) {
    std::vector<Run> above, now;
    for (int y = 0; y < mask.rows; ++y) {
      now.clear();
      scan(mask.ptr(y), mask.cols, y, now);
      join(above, now);
      std::swap(above, now);
    }
  }
  [[nodiscard]] std::vector<Moments> all() {
    for (int k = 0; k < static_cast<int>(parent_.size()); ++k)
      if (const int root = find(k); root != k) at(root).add(at(k));
    std::vector<Moments> result;
    for (int k = 0; k < static_cast<int>(parent_.size()); ++k)
      if (parent_[static_cast<std::size_t>(k)] == k) result.push_back(at(k));
    return result;
  }

 private:
  struct Run {
    int begin, end, place;
  };

  Moments& at(int k) { return moments_[static_cast<std::size_t>(k)]; }

  void scan(const std::uint8_t* row, int width, int y, std::vector<Run>& runs) {
    for (int x = 0; x < width;) {
      std::uint64_t eight = 1;
      while (x + 8 <= width && (std::memcpy(&eight, row + x, 8), eight == 0)) x += 8;
      while (x < width && !row[x]) ++x;
      if (x == width) break;
      const int begin = x;
      while (x < width && row[x]) ++x;
      const int place = static_cast<int>(parent_.size());
      parent_.push_back(place);
      moments_.emplace_back().add_run(begin, x, y);
      runs.push_back({begin, x, place});
    }
  }

  void join(const std::vector<Run>& above, const std::vector<Run>& now) {
    std::size_t k = 0;
    for (const Run& run : now) {
      while (k < above.size() && above[k].end <= run.begin) ++k;
      for (std::size_t j = k; j < above.size() && above[j].begin < run.end; ++j)
        unite(above[j].place, run.place);
    }
  }

  void unite(int a, int b) {
    a = find(a), b = find(b);
    if (a != b) parent_[static_cast<std::size_t>(std::max(a, b))] = std::min(a, b);
  }
  int find(int k) {
    while (parent_[static_cast<std::size_t>(k)] != k)
      k = parent_[static_cast<std::size_t>(k)] =
          parent_[static_cast<std::size_t>(parent_[static_cast<std::size_t>(k)])];
    return k;
  }

  std::vector<int> parent_;
  std::vector<Moments> moments_;
};

/// The middle, the axis and the extent of an evenly filled bar with these moments.
Stroke bar(const Moments& m) {
  const double x = m.x / m.n, y = m.y / m.n;
  const double xx = m.xx / m.n - x * x + 1 / 12.0, yy = m.yy / m.n - y * y + 1 / 12.0,
               xy = m.xy / m.n - x * y;
  const double half = (xx + yy) / 2, root = std::sqrt((xx - yy) * (xx - yy) / 4 + xy * xy);
  const double angle = std::atan2(2 * xy, xx - yy) / 2;
  return {{x, y},
          {std::cos(angle), std::sin(angle)},
          std::sqrt(12 * (half + root)),
          std::sqrt(12 * std::max(0.0, half - root))};
}

std::vector<Stroke> strokes_at(const cv::Mat& luma) {
  std::vector<Stroke> strokes;
  for (const Moments& m : Places(busy(luma)).all()) {
    if (m.n < shortest * thinnest * 0.6) continue;
    const Stroke stroke = bar(m);
    if (stroke.length >= shortest && stroke.length >= 6 * stroke.height && stroke.height >= thinnest &&
        stroke.height <= thickest)
      strokes.push_back(stroke);
  }
  std::sort(strokes.begin(), strokes.end(), [](const Stroke& a, const Stroke& b) {
    return std::tuple(-a.length, a.middle.x, a.middle.y) < std::tuple(-b.length, b.middle.x, b.middle.y);
  });
  if (strokes.size() > strokes_per_level) strokes.resize(strokes_per_level);
  return strokes;
}

}  // namespace

std::vector<Stroke> strokes_in(const Pyramid& pyramid, Levels levels) {
  std::vector<Stroke> all;
  for (std::size_t k = levels.first; k < pyramid.size() && k <= levels.last; ++k) {
    const auto z = pyramid.zoom(k);
    if (std::max(pyramid.picture().width, pyramid.picture().height) * z.x > largest_side) continue;
    for (Stroke s : strokes_at(pyramid[k])) {
      s.middle = {(s.middle.x + 0.5) / z.x - 0.5, (s.middle.y + 0.5) / z.y - 0.5};
      s.length /= z.x;
      s.height = std::max(1.5, s.height - 1.5) / z.x;  // the differences reach a pixel beyond the ink
      all.push_back(s);
    }
  }
  return all;
}

}  // namespace invigil::idcard
