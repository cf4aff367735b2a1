#include "idcard/net.hpp"

#include "idcard/built_in_net.hpp"
#include "idcard/weights.hpp"

#include <algorithm>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

struct Net::Impl {
  cv::dnn::Net net;
  cv::Mat padded, blob, maps;
};

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
  impl_->maps = impl_->net.forward();
  const cv::Rect inside(0, 0, (luma.cols + net_stride - 1) / net_stride,
                        (luma.rows + net_stride - 1) / net_stride);
  const auto map = [&](int k) {
    return cv::Mat(impl_->maps.size[2], impl_->maps.size[3], CV_32F, impl_->maps.ptr<float>(0, k))(inside);
  };
  return {map(0), map(1), map(2), map(3)};  // the fifth, words, is not sure enough to show any by
}

}  // namespace invigil::idcard
