#include "idcard/mrz_pose.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace invigil::idcard {

namespace {

constexpr double focal = 0.9;         // of the longer side: a field of view of 58 degrees
constexpr double doubt = 0.12;        // standard deviation of a character's place, in pitches
constexpr double leaning = 0.35;      // of the page's tilt, radians
constexpr double stretching = 0.025;  // of distances between lines: tolerances of ICAO 9303
constexpr int parameters = 7;

/// Turn in the picture, tilts about the line and across it, logarithm of the distance, place of the points'
/// middle, stretch across the lines.
using View = cv::Vec<double, parameters>;

struct Problem {
  std::vector<cv::Point2d> page, seen;
  cv::Point2d middle;  ///< Of `page`.
  cv::Point2d centre;  ///< Of the picture.
  double f = 1, pitch = 1;
  bool mirrored = false;

  [[nodiscard]] cv::Matx33d map(const View& v) const {
    const double c = std::cos(v[0]), s = std::sin(v[0]), ca = std::cos(v[1]), sa = std::sin(v[1]),
                 cb = std::cos(v[2]), sb = std::sin(v[2]), z = std::exp(v[3]);
    const cv::Matx33d turn(c, -s, 0, s, c, 0, 0, 0, 1), lean(1, 0, 0, 0, ca, -sa, 0, sa, ca),
        sway(cb, 0, sb, 0, 1, 0, -sb, 0, cb);
    const cv::Matx33d r = turn * lean * sway;
    const double x = (v[4] - centre.x) / f * z, y = (v[5] - centre.y) / f * z;
    const cv::Matx33d plane(r(0, 0), r(0, 1), x, r(1, 0), r(1, 1), y, r(2, 0), r(2, 1), z);
    const cv::Matx33d camera(f, 0, centre.x, 0, f, centre.y, 0, 0, 1);
    const double m = mirrored ? -1 : 1;
    const cv::Matx33d shift(m, 0, -m * middle.x, 0, 1 + v[6], -(1 + v[6]) * middle.y, 0, 0, 1);
    return camera * plane * shift;
  }

  [[nodiscard]] std::vector<double> errors(const View& v) const {
    std::vector<double> e;
    std::vector<cv::Point2d> there;
    cv::perspectiveTransform(page, there, map(v));
    for (std::size_t k = 0; k < there.size(); ++k) {
      e.push_back((there[k].x - seen[k].x) / (doubt * pitch));
      e.push_back((there[k].y - seen[k].y) / (doubt * pitch));
    }
    e.push_back(v[1] / leaning);
    e.push_back(v[2] / leaning);
    e.push_back(v[6] / stretching);
    return e;
  }
};

double cost(const std::vector<double>& errors) {
  double sum = 0;
  for (const double e : errors) sum += e * e;
  return std::isfinite(sum) ? sum : std::numeric_limits<double>::max();
}

/// Levenberg and Marquardt's way down from `v`.
std::pair<double, View> descended(const Problem& problem, View v) {
  auto errors = problem.errors(v);
  double best = cost(errors), damping = 1e-3;
  for (int round = 0; round < 25; ++round) {
    const int n = static_cast<int>(errors.size());
    cv::Mat_<double> slope(n, parameters);
    for (int p = 0; p < parameters; ++p) {
      View other = v;
      const double step = p == 4 || p == 5 ? 0.01 : 1e-5;
      other[p] += step;
      const auto moved = problem.errors(other);
      for (int k = 0; k < n; ++k)
        slope(k, p) = (moved[static_cast<std::size_t>(k)] - errors[static_cast<std::size_t>(k)]) / step;
    }
    cv::Mat left, right, change;
    cv::gemm(slope, slope, 1, {}, 0, left, cv::GEMM_1_T);
    cv::gemm(slope, cv::Mat(errors), 1, {}, 0, right, cv::GEMM_1_T);
    for (int p = 0; p < parameters; ++p) left.at<double>(p, p) *= 1 + damping;
    if (!cv::solve(left, right, change, cv::DECOMP_CHOLESKY)) break;
    View next = v;
    for (int p = 0; p < parameters; ++p) next[p] -= change.at<double>(p);
    const auto after = problem.errors(next);
    if (cost(after) < best) {
      const bool settled = best - cost(after) < 1e-4 * best;
      v = next, errors = after, best = cost(after), damping *= 0.3;
      if (settled) break;
    } else if ((damping *= 8) > 1e6) {
      break;
    }
  }
  return {best, v};
}

}  // namespace

cv::Matx33d likely_pose(const std::vector<cv::Point2d>& page, const std::vector<cv::Point2d>& seen,
                        double pitch, cv::Size picture, bool mirrored) {
  Problem problem{page, seen, {}, {picture.width / 2.0, picture.height / 2.0}, 1, pitch, mirrored};
  problem.f = focal * std::max(picture.width, picture.height);
  cv::Point2d there;
  for (std::size_t k = 0; k < page.size(); ++k) problem.middle += page[k], there += seen[k];
  const double n = static_cast<double>(page.size());
  problem.middle = problem.middle / n;
  there = there / n;
  // The similarity that fits best is where to begin.
  double along = 0, across = 0, size = 0;
  for (std::size_t k = 0; k < page.size(); ++k) {
    cv::Point2d p = page[k] - problem.middle;
    if (mirrored) p.x = -p.x;
    const cv::Point2d q = seen[k] - there;
    along += p.dot(q);
    across += p.cross(q);
    size += p.dot(p);
  }
  const double scale = std::max(1e-6, std::hypot(along, across) / std::max(1e-9, size));
  std::pair<double, View> best{std::numeric_limits<double>::max(), {}};
  for (const double lean : {0.0, -0.4, 0.4}) {  // lines alone hardly tell which way a page leans
    const View from(std::atan2(across, along), lean, 0, std::log(problem.f / scale), there.x, there.y, 0);
    const auto view = descended(problem, from);
    if (view.first < best.first) best = view;
  }
  return problem.map(best.second);
}

}  // namespace invigil::idcard
