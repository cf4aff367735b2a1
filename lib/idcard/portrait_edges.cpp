#include "idcard/portrait_edges.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

namespace {

constexpr float samples = 128;  // along the portrait's breadth, at most
constexpr int pieces = 6;  // of a side; print changes to and fro within each, a photograph's edge does not
constexpr float inwards = 0.5F;       // of the band, that a side is looked for inside as well
constexpr float ends = 0.1F;          // of a side, left out: its corners may be round
constexpr double as_marked = 0.6;     // of the most marked line
constexpr double least_marked = 2.5;  // grey levels a sample
constexpr float steepest = 0.07F;     // by which a side may lean against the axes: perspective
constexpr double clearer = 1.15;
constexpr float blurred = 2;   // samples by which an edge reaches beyond where it is
constexpr double printed = 4;  // grey levels a sample: more than noise and fine patterns
constexpr int leans = 3;       // tried to either side

/// The mean step from column to column of every piece of rows `from` to `to`.
std::vector<cv::Mat> steps_of(const cv::Mat& patch, int from, int to) {
  cv::Mat step;
  cv::Sobel(patch, step, CV_32F, 1, 0, 3, 1.0 / 8);
  std::vector<cv::Mat> pieces_of;
  for (int k = 0; k < pieces; ++k) {
    const int first = from + (to - from) * k / pieces, last = from + (to - from) * (k + 1) / pieces;
    cv::Mat mean;
    cv::reduce(step.rowRange(first, std::max(last, first + 1)), mean, 0, cv::REDUCE_AVG);
    pieces_of.push_back(cv::abs(mean));
  }
  return pieces_of;
}

/// How marked the line is that crosses the middle row at `column` and leans by `slant` columns a piece.
double mark(const std::vector<cv::Mat>& steps, int column, float slant) {
  double sum = 0;
  for (int k = 0; k < pieces; ++k) {
    const int x = column + cvRound(slant * (static_cast<float>(k) - 0.5F * (pieces - 1)));
    if (x >= 0 && x < steps[0].cols)
      sum += static_cast<double>(steps[static_cast<std::size_t>(k)].at<float>(x));
  }
  return sum / pieces;
}

/// A line that crosses the middle row at a column of its own.
struct Line {
  double marked = 0;
  float reach = 0;  ///< The column up to which any of it goes.
};

/// The most marked lines through the first columns.
std::vector<Line> lines_of(const std::vector<cv::Mat>& steps, float piece, int columns) {
  std::vector<Line> lines(static_cast<std::size_t>(columns));
  for (int x = 0; x < columns; ++x)
    for (int lean = 0; lean <= 2 * leans; ++lean) {  // upright first: another must be clearer
      const float slant =
          steepest * piece * static_cast<float>(lean % 2 ? (lean + 1) / 2 : -lean / 2) / leans;
      auto& line = lines[static_cast<std::size_t>(x)];
      if (const double m = mark(steps, x, slant); m > (lean ? clearer : 1) * line.marked)
        line = {m, static_cast<float>(x) + 0.5F * pieces * std::abs(slant)};
    }
  return lines;
}

/// The column of the photograph's left edge, if there is one: the innermost line that is nearly as marked as
/// any. The patch has `band` columns and rows too many on every side.
std::optional<float> edge_of(const cv::Mat& patch, float band) {
  const int margin = static_cast<int>(band + ends * (static_cast<float>(patch.rows) - 2 * band));
  const float piece = static_cast<float>(patch.rows - 2 * margin) / pieces;
  const auto lines = lines_of(steps_of(patch, margin, patch.rows - margin), piece,
                              std::min(patch.cols, static_cast<int>((1 + inwards) * band) + 1));
  const double most = std::ranges::max(lines, {}, &Line::marked).marked;
  if (most < least_marked) return std::nullopt;
  for (std::size_t x = lines.size() - 1; x > 0; --x) {
    const double inner = x + 1 < lines.size() ? lines[x + 1].marked : 0;
    if (lines[x].marked >= std::max({as_marked * most, lines[x - 1].marked, inner})) return lines[x].reach;
  }
  return std::nullopt;
}

/// How much is going on in the first columns, up to `end`: grey levels a sample.
double business(const cv::Mat& patch, int end, int margin) {
  const cv::Mat part = patch(cv::Rect(0, margin, end, patch.rows - 2 * margin));
  cv::Mat x, y;
  cv::Sobel(part, x, CV_32F, 1, 0, 3, 1.0 / 8);
  cv::Sobel(part, y, CV_32F, 0, 1, 3, 1.0 / 8);
  return cv::mean(cv::abs(x))[0] + cv::mean(cv::abs(y))[0];
}

/// From which column on the photograph may be shown: with all of the band where nothing is printed beside it,
/// and where something is, from its edge, or where that is not seen, from where the net says.
float left_side(const cv::Mat& patch, float band) {
  const float edge = edge_of(patch, band).value_or(band);
  const int beside = static_cast<int>(edge - blurred);
  return beside < 2 || business(patch, beside, static_cast<int>(band)) < printed ? 0 : edge;
}

cv::Mat flipped(const cv::Mat& patch) {
  cv::Mat other;
  cv::flip(patch, other, 1);
  return other;
}

}  // namespace

cv::Rect2f photograph(const cv::Mat& luma, const Axes& axes, const cv::Rect2f& portrait, float band) {
  const float zoom = std::min(1.0F, samples / std::max(1.0F, portrait.width));
  const cv::Rect2f all(portrait.x - band, portrait.y - band, portrait.width + 2 * band,
                       portrait.height + 2 * band);
  const cv::Size size(static_cast<int>(all.width * zoom), static_cast<int>(all.height * zoom));
  const float b = band * zoom;
  if (b < 1 || static_cast<float>(std::min(size.width, size.height)) < 6 * b) return portrait;
  const cv::Point2f origin = axes.out(all.tl()), x = axes.x() / zoom, y = axes.y() / zoom;
  const cv::Matx23f to_luma(x.x, y.x, origin.x, x.y, y.y, origin.y);
  cv::Mat patch;
  cv::warpAffine(luma, patch, to_luma, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  cv::blur(patch, patch, cv::Size(3, 3));
  const cv::Mat turned = patch.t();
  const float left = left_side(patch, b),
              right = static_cast<float>(size.width) - left_side(flipped(patch), b);
  const float top = left_side(turned, b),
              bottom = static_cast<float>(size.height) - left_side(flipped(turned), b);
  return {all.tl() + cv::Point2f(left, top) / zoom, all.tl() + cv::Point2f(right, bottom) / zoom};
}

}  // namespace invigil::idcard
