#include "idcard/mrz_glyphs.hpp"

#include "idcard/built_in_net.hpp"
#include "idcard/mrz_text.hpp"
#include "idcard/weights.hpp"

#include <algorithm>
#include <cmath>

namespace invigil::idcard {

struct Glyphs::Impl {
  cv::dnn::Net net;
};

Glyphs::Glyphs() : impl_(std::make_unique<Impl>()) {
  impl_->net = built_in_net(glyph_weights, glyph_weights_size, "glyphs.onnx");
}
Glyphs::~Glyphs() = default;
Glyphs::Glyphs(Glyphs&&) noexcept = default;
Glyphs& Glyphs::operator=(Glyphs&&) noexcept = default;

cv::Mat_<float> Glyphs::look(const std::vector<cv::Mat>& cells) {
  const int shape[] = {static_cast<int>(cells.size()), 1, glyph_height, glyph_width};
  cv::Mat blob(4, shape, CV_32F);
  for (int k = 0; k < shape[0]; ++k) {
    const cv::Mat& cell = cells[static_cast<std::size_t>(k)];
    cv::Scalar mean, deviation;
    cv::meanStdDev(cell, mean, deviation);
    const double gain = 1 / std::max(deviation[0], 4.0);  // as in training
    cv::Mat plane(glyph_height, glyph_width, CV_32F, blob.ptr<float>(k));
    cell.convertTo(plane, CV_32F, gain, -mean[0] * gain);
  }
  impl_->net.setInput(blob);
  cv::Mat_<float> scores = impl_->net.forward().clone();
  for (int y = 0; y < scores.rows; ++y) {
    float* row = scores[y];
    const float most = *std::max_element(row, row + scores.cols);
    float sum = 0;
    for (int x = 0; x < scores.cols; ++x) sum += std::exp(row[x] - most);
    for (int x = 0; x < scores.cols; ++x) row[x] -= most + std::log(sum);
  }
  wipe(blob.data, blob.total() * blob.elemSize());
  return scores;
}

}  // namespace invigil::idcard
