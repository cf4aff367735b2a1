#include "idcard/background.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

namespace {

constexpr int columns = 64, rows = 36;
constexpr double memory = 3;  // seconds: the constant of the mean
constexpr Duration least_known = std::chrono::milliseconds{500};
constexpr double differs = 10;  // grey levels: more than noise and flicker of a lamp
constexpr double most = 0.5;    // share of a place's cells

}  // namespace

void Background::saw(const cv::Mat& whole, Timestamp now) {
  cv::Mat small;
  cv::resize(whole, small, {columns, rows}, 0, 0, cv::INTER_AREA);
  small.convertTo(now_, CV_32F);
  if (size_ != whole.size() || !last_) {
    size_ = whole.size();
    mean_ = now_.clone();
    known_ = {};
  } else {
    const Duration passed = std::max(Duration{}, now - *last_);
    cv::accumulateWeighted(now_, mean_, 1 - std::exp(-seconds(passed) / memory));
    known_ += passed;
  }
  last_ = now;
}

bool Background::is_new(const Polygon& place) const {
  if (known_ < least_known) return false;
  const Polygon cells = scaled(place, static_cast<float>(columns) / static_cast<float>(size_.width),
                               static_cast<float>(rows) / static_cast<float>(size_.height));
  cv::Mat inside = cv::Mat::zeros(now_.size(), CV_8U), changed;
  std::vector<cv::Point> corners;
  for (const auto& p : cells) corners.emplace_back(cvRound(p.x - 0.5F), cvRound(p.y - 0.5F));
  cv::fillConvexPoly(inside, corners, cv::Scalar(255));
  cv::absdiff(now_, mean_, changed);
  changed = (changed > differs) & inside;
  return cv::countNonZero(changed) > most * cv::countNonZero(inside);
}

}  // namespace invigil::idcard
