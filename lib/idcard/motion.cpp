#include "idcard/motion.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/calib3d.hpp>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

namespace invigil::idcard {

namespace {

constexpr int reach = 40;        // pixels around the place that are searched: the fastest motion followed
constexpr int cells = 7;         // at most one corner in each cell of a grid of cells x cells
constexpr int least_points = 8;  // of which
constexpr double least_agree = 0.45;
constexpr double agree_within = 1.5;  // pixels

cv::Rect around(const Polygon& place, const cv::Mat& picture) {
  const cv::Rect box = cv::boundingRect(place);
  return cv::Rect(box.x - reach, box.y - reach, box.width + 2 * reach, box.height + 2 * reach) &
         cv::Rect(0, 0, picture.cols, picture.rows);
}

/// The strongest corner of each cell inside the place, in pixels of `part`.
std::vector<cv::Point2f> corners_in(const Polygon& place, const cv::Mat& part) {
  const cv::Rect box = cv::boundingRect(place) & cv::Rect(0, 0, part.cols, part.rows);
  if (box.width < 8 || box.height < 8) return {};
  std::vector<cv::KeyPoint> keys;
  for (const int threshold : {14, 6}) {
    cv::FAST(part(box), keys, threshold, true);
    if (keys.size() >= 4 * least_points) break;
  }
  std::array<cv::KeyPoint, static_cast<std::size_t>(cells) * cells> best;
  for (auto& key : best) key.response = 0;
  for (auto& key : keys) {
    const auto column = static_cast<std::size_t>(key.pt.x) * cells / static_cast<std::size_t>(box.width);
    const auto row = static_cast<std::size_t>(key.pt.y) * cells / static_cast<std::size_t>(box.height);
    key.pt += cv::Point2f(box.tl());
    auto& kept = best[row * cells + column];
    if (key.response > kept.response && cv::pointPolygonTest(place, key.pt, false) >= 0) kept = key;
  }
  std::vector<cv::Point2f> points;
  for (const auto& key : best)
    if (key.response > 0) points.push_back(key.pt);
  return points;
}

/// Drops the points that were not found again.
void keep_found(std::vector<cv::Point2f>& a, std::vector<cv::Point2f>& b, const std::vector<uchar>& found) {
  std::size_t kept = 0;
  for (std::size_t k = 0; k < found.size(); ++k)
    if (found[k]) {
      a[kept] = a[k];
      b[kept++] = b[k];
    }
  a.resize(kept);
  b.resize(kept);
}

/// Neither direction becomes longer or shorter by more than a third from one picture to the next.
bool plausible(const cv::Mat& affine) {
  const cv::Matx22d m(affine.at<double>(0, 0), affine.at<double>(0, 1), affine.at<double>(1, 0),
                      affine.at<double>(1, 1));
  cv::Vec2d zoom;
  cv::SVD::compute(m, zoom, cv::SVD::NO_UV);
  return cv::checkRange(zoom) && zoom[0] < 1.33 && zoom[1] > 0.75 && cv::determinant(m) > 0;
}

}  // namespace

std::optional<cv::Matx33d> motion_of(const Polygon& place, const cv::Mat& from, const cv::Mat& to) {
  if (place.size() < 3 || from.size() != to.size()) return std::nullopt;
  const cv::Rect part = around(place, from);
  if (part.width < 16 || part.height < 16) return std::nullopt;
  const cv::Matx33d shift(1, 0, -part.x, 0, 1, -part.y, 0, 0, 1);
  std::vector<cv::Point2f> before = corners_in(moved(place, shift), from(part));
  if (before.size() < static_cast<std::size_t>(least_points)) return std::nullopt;

  // Copies, because on parts OpenCV would look at pixels around them, whose cost and values vary.
  std::vector<cv::Point2f> after;
  std::vector<uchar> found;
  std::vector<float> error;
  cv::calcOpticalFlowPyrLK(from(part).clone(), to(part).clone(), before, after, found, error,
                           cv::Size(13, 13), 3,
                           cv::TermCriteria(cv::TermCriteria::COUNT | cv::TermCriteria::EPS, 12, 0.05));
  keep_found(before, after, found);
  if (before.size() < static_cast<std::size_t>(least_points)) return std::nullopt;

  cv::Mat agreeing;
  const cv::Mat m = cv::estimateAffine2D(before, after, agreeing, cv::RANSAC, agree_within, 300, 0.99, 5);
  const int agree = agreeing.empty() ? 0 : cv::countNonZero(agreeing);
  if (m.empty() || agree < least_points || agree < least_agree * static_cast<double>(before.size()) ||
      !plausible(m))
    return std::nullopt;
  const cv::Matx33d motion(m.at<double>(0, 0), m.at<double>(0, 1), m.at<double>(0, 2), m.at<double>(1, 0),
                           m.at<double>(1, 1), m.at<double>(1, 2), 0, 0, 1);
  return shift.inv() * motion * shift;
}

}  // namespace invigil::idcard
