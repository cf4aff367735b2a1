#include "identity/paper.hpp"

#include "identity/wiped.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace invigil::identity {

namespace {

constexpr double least_share = 0.08;          // of the picture
constexpr double filled = 0.85;               // of the quadrilateral that is light
constexpr double narrow = 1.12, broad = 1.8;  // long by short side; 1.414 seen from the front
constexpr int working_side = 480;
constexpr int marks_of_text = 60;  // places of the size of characters or words

using Corners = std::array<cv::Point2f, 4>;

double length(cv::Point2f v) { return std::hypot(v.x, v.y); }

/// Four points that the convex outline comes down to, if it does.
std::optional<Corners> four_corners(const std::vector<cv::Point>& outline) {
  std::vector<cv::Point> hull, few;
  cv::convexHull(outline, hull);
  const double around = cv::arcLength(hull, true);
  for (double share = 0.01; share < 0.06; share += 0.005) {
    cv::approxPolyDP(hull, few, share * around, true);
    if (few.size() < 4) return std::nullopt;
    if (few.size() > 4) continue;
    Corners corners;
    std::copy(few.begin(), few.end(), corners.begin());
    return corners;
  }
  return std::nullopt;
}

/// Clockwise in the picture, a short side first.
Corners ordered(Corners c) {
  const cv::Point2f a = c[1] - c[0], b = c[2] - c[1];
  if (a.x * b.y - a.y * b.x < 0) std::reverse(c.begin(), c.end());
  if (length(c[1] - c[0]) + length(c[3] - c[2]) > length(c[2] - c[1]) + length(c[0] - c[3]))
    std::rotate(c.begin(), c.begin() + 1, c.end());
  // Of the two short sides the one that is higher, or, lying across, further right: how people turn a page.
  const cv::Point2f first = c[0] + c[1], other = c[2] + c[3];
  const bool upright = std::abs(first.y - other.y) >= std::abs(first.x - other.x);
  if (upright ? first.y > other.y : first.x < other.x) std::rotate(c.begin(), c.begin() + 2, c.end());
  return c;
}

bool shaped_like_a4(const Corners& c) {
  const double across = length(c[1] - c[0]) + length(c[3] - c[2]);
  const double down = length(c[2] - c[1]) + length(c[0] - c[3]);
  return across > 0 && down / across > narrow && down / across < broad;
}

}  // namespace

std::optional<Corners> paper_in(const cv::Mat& luma) {
  const double zoom = std::min(1.0, static_cast<double>(working_side) / std::max(luma.cols, luma.rows));
  cv::Mat small, light;
  cv::resize(luma, small, {}, zoom, zoom, cv::INTER_AREA);
  const cv::Mat print = cv::getStructuringElement(cv::MORPH_RECT, {7, 7});
  std::optional<Corners> best;
  double most = 0;
  const double otsu = cv::threshold(small, light, 0, 255, cv::THRESH_BINARY | cv::THRESH_OTSU);
  for (const double threshold : {otsu, 110.0, 130.0, 150.0, 170.0, 190.0, 210.0}) {
    cv::threshold(small, light, threshold, 255, cv::THRESH_BINARY);
    cv::morphologyEx(light, light, cv::MORPH_CLOSE, print);
    std::vector<std::vector<cv::Point>> outlines;
    cv::findContours(light, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
    for (const auto& outline : outlines) {
      const double inside = cv::contourArea(outline);
      if (inside < least_share * static_cast<double>(small.total())) continue;
      const auto corners = four_corners(outline);
      if (!corners) continue;
      const double all = cv::contourArea(std::vector<cv::Point2f>(corners->begin(), corners->end()));
      const double fit = std::min(inside, all) / std::max(inside, all);
      if (fit < filled || !shaped_like_a4(ordered(*corners)) || fit * inside <= most) continue;
      most = fit * inside;
      best = ordered(*corners);
    }
  }
  if (best)
    for (auto& c : *best) c = (c + cv::Point2f(0.5F, 0.5F)) * (1 / static_cast<float>(zoom));
  return best;
}

bool holds_text(const cv::Mat& rgb) {
  cv::Mat luma, dark, labels, stats, centres;
  cv::cvtColor(rgb, luma, cv::COLOR_RGB2GRAY);
  const Wiped wiped{luma};
  const double mm = rgb.cols / a4.width;
  cv::adaptiveThreshold(luma, dark, 255, cv::ADAPTIVE_THRESH_MEAN_C, cv::THRESH_BINARY_INV,
                        2 * cvRound(3 * mm) + 1, 12);
  const int count = cv::connectedComponentsWithStats(dark, labels, stats, centres, 8, CV_32S);
  int marks = 0;
  for (int k = 1; k < count; ++k) {
    const double high = stats.at<int>(k, cv::CC_STAT_HEIGHT) / mm,
                 wide = stats.at<int>(k, cv::CC_STAT_WIDTH) / mm;
    marks += high > 1 && high < 9 && wide < 40;
  }
  return marks >= marks_of_text;
}

}  // namespace invigil::identity
