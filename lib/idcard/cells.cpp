#include "idcard/cells.hpp"

#include <algorithm>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

namespace {

constexpr double difference = 10;  // of brightness, from which a cell has changed: noise averages out in it

}  // namespace

void into_cells(const cv::Mat& whole, cv::Mat& cells) {
  const cv::Size size(std::max(1, whole.cols / cell), std::max(1, whole.rows / cell));
  cv::resize(whole, cells, size, 0, 0, cv::INTER_AREA);
}

cv::Mat changed_cells(const cv::Mat& before, const cv::Mat& now) {
  cv::Mat changed;
  cv::absdiff(before, now, changed);
  cv::compare(changed, difference, changed, cv::CMP_GT);
  return changed;
}

}  // namespace invigil::idcard
