#include "idcard/net.hpp"

#include "idcard/built_in_net.hpp"
#include "idcard/weights.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

struct Net::Impl {
  cv::dnn::Net net;
  cv::Mat padded, blob;
  std::array<cv::Mat, 4> maps;
};

namespace {

/// The net works at half the maps' size and gives four planes for each: its upper left, upper right, lower
/// left and lower right pixels (sub-pixel convolution).
void put_in_place(const cv::Mat& cells, int map, cv::Mat& out) {
  const int rows = cells.size[2], columns = cells.size[3];
  out.create(2 * rows, 2 * columns, CV_32F);
  for (int y = 0; y < out.rows; ++y) {
    const float* left = cells.ptr<float>(0, 4 * map + 2 * (y % 2)) + std::ptrdiff_t{y / 2} * columns;
    const float* right = left + std::ptrdiff_t{rows} * columns;
    auto* to = out.ptr<float>(y);
    for (int x = 0; x < columns; ++x) {
      to[2 * x] = left[x];
      to[2 * x + 1] = right[x];
    }
  }
}

}  // namespace

cv::Mat Maps::suspicion() const {
  cv::Mat largest = cv::max(card, zone);
  cv::max(largest, number, largest);
  return largest;
}

Net::Net() : impl_(std::make_unique<Impl>()) {
  impl_->net = built_in_net(weights, weights_size, "idcard.onnx");
}
Net::~Net() = default;
Net::Net(Net&&) noexcept = default;
Net& Net::operator=(Net&&) noexcept = default;

Maps Net::look(const cv::Mat& luma) {
  // Sides are multiples of 32, since the net halves the picture five times.
  const int bottom = (32 - luma.rows % 32) % 32, right = (32 - luma.cols % 32) % 32;
  cv::copyMakeBorder(luma, impl_->padded, 0, bottom, 0, right, cv::BORDER_REPLICATE);
  const int shape[] = {1, 1, impl_->padded.rows, impl_->padded.cols};
  impl_->blob.create(4, shape, CV_32F);
  cv::Mat plane(impl_->padded.rows, impl_->padded.cols, CV_32F, impl_->blob.ptr<float>());
  // Mean 0 and deviation 1, as in training, so that dim rooms look like bright ones.
  cv::Scalar mean, deviation;
  cv::meanStdDev(impl_->padded, mean, deviation);
  const double gain = 1 / std::max(deviation[0], 8.0);
  impl_->padded.convertTo(plane, CV_32F, gain, -mean[0] * gain);
  impl_->net.setInput(impl_->blob);
  const cv::Mat cells = impl_->net.forward();
  // The fifth, words, is left out: it is not sure enough to show any word by.
  for (int k = 0; k < 4; ++k) put_in_place(cells, k, impl_->maps[static_cast<std::size_t>(k)]);
  const cv::Rect inside(0, 0, (luma.cols + net_stride - 1) / net_stride,
                        (luma.rows + net_stride - 1) / net_stride);
  const auto& [card, zone, number, portrait] = impl_->maps;
  return {card(inside), zone(inside), number(inside), portrait(inside)};
}

}  // namespace invigil::idcard
