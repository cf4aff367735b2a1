#include "vision/fast_layers.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <mutex>
#include <vector>

#include <opencv2/core/hal/intrin.hpp>
#include <opencv2/dnn/all_layers.hpp>
#include <opencv2/dnn/dnn.hpp>

namespace invigil::vision {

namespace {

using cv::v_float32x4;
using cv::dnn::MatShape;
using Shapes = std::vector<MatShape>;
using Index = std::ptrdiff_t;

/// Planes of floats [1, channels, height, width]; OpenCV gives no others once the shapes were agreed on.
struct Planes {
  cv::Mat blob;
  explicit Planes(const cv::Mat& m) : blob(m) {
    CV_Assert(m.dims == 4 && m.size[0] == 1 && m.type() == CV_32F && m.isContinuous());
  }
  [[nodiscard]] int channels() const { return blob.size[1]; }
  [[nodiscard]] int height() const { return blob.size[2]; }
  [[nodiscard]] int width() const { return blob.size[3]; }
  [[nodiscard]] std::size_t plane() const { return blob.total(2); }
  [[nodiscard]] float* channel(int c) { return blob.ptr<float>(0, c); }
};

Planes only(cv::InputArrayOfArrays arrays) {
  std::vector<cv::Mat> all;
  arrays.getMatVector(all);
  CV_Assert(all.size() == 1);
  return Planes{all[0]};
}

/// x min(max(x + 3, 0), 6) / 6 (Howard et al., Searching for MobileNetV3, 2019).
void hard_swish(const float* from, float* to, std::size_t count) {
  const v_float32x4 zero = cv::v_setall_f32(0), three = cv::v_setall_f32(3), six = cv::v_setall_f32(6),
                    sixth = cv::v_setall_f32(1.0F / 6);
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const v_float32x4 x = cv::v_load(from + i);
    cv::v_store(to + i, x * cv::v_min(cv::v_max(x + three, zero), six) * sixth);
  }
  for (; i < count; ++i) to[i] = from[i] * std::min(std::max(from[i] + 3, 0.0F), 6.0F) * (1.0F / 6);
}

/// An activation, so that OpenCV fuses it with the convolution before.
class HardSwish final : public cv::dnn::ActivationLayer {
 public:
  explicit HardSwish(const cv::dnn::LayerParams& params) { setParamsFrom(params); }
  bool getMemoryShapes(const Shapes& in, int, Shapes& out, Shapes&) const override {
    out = in;
    return true;  // in place
  }
  void forwardSlice(const float* from, float* to, int length, std::size_t plane, int first,
                    int end) const override {
    for (int c = first; c < end; ++c, from += plane, to += plane)
      hard_swish(from, to, static_cast<std::size_t>(length));
  }
  void forward(cv::InputArrayOfArrays in, cv::OutputArrayOfArrays out, cv::OutputArrayOfArrays) override {
    Planes from = only(in), to = only(out);
    hard_swish(from.channel(0), to.channel(0), from.blob.total());
  }
};

/// Channels of `group` equal parts, dealt in turn (Zhang et al., ShuffleNet, 2018).
class ChannelShuffle final : public cv::dnn::Layer {
 public:
  explicit ChannelShuffle(const cv::dnn::LayerParams& params) : groups_(params.get<int>("group", 0)) {
    setParamsFrom(params);
  }
  bool getMemoryShapes(const Shapes& in, int, Shapes& out, Shapes&) const override {
    CV_Assert(in.size() == 1 && in[0].size() == 4 && groups_ > 0 && in[0][1] % groups_ == 0);
    out = in;
    return false;
  }
  void forward(cv::InputArrayOfArrays in, cv::OutputArrayOfArrays out, cv::OutputArrayOfArrays) override {
    Planes from = only(in), to = only(out);
    const int each = from.channels() / groups_;
    for (int c = 0; c < from.channels(); ++c)
      std::memcpy(to.channel(c), from.channel(c % groups_ * each + c / groups_),
                  from.plane() * sizeof(float));
  }

 private:
  int groups_;
};

constexpr int taps = 5, border = taps / 2;

/// One row of one channel: `rows` begins at the first of five rows, each `stride` floats after the last, and
/// has a border of two on either side.
void filter_row(const float* rows, Index stride, const float* weights, float bias, float* to, int width) {
  int x = 0;
  for (; x + 8 <= width; x += 8) {
    v_float32x4 a = cv::v_setall_f32(bias), b = a;
    for (int ky = 0; ky < taps; ++ky)
      for (int kx = 0; kx < taps; ++kx) {
        const v_float32x4 w = cv::v_setall_f32(weights[ky * taps + kx]);
        const float* p = rows + ky * stride + kx + x;
        a = cv::v_muladd(cv::v_load(p), w, a);
        b = cv::v_muladd(cv::v_load(p + 4), w, b);
      }
    cv::v_store(to + x, a);
    cv::v_store(to + x + 4, b);
  }
  for (; x < width; ++x) {
    float sum = bias;
    for (int ky = 0; ky < taps; ++ky)
      for (int kx = 0; kx < taps; ++kx) sum += weights[ky * taps + kx] * rows[ky * stride + kx + x];
    to[x] = sum;
  }
}

/// Every channel by 5x5 weights of its own, at every pixel, zero beyond the edges.
class Depthwise final : public cv::dnn::Layer {
 public:
  explicit Depthwise(const cv::dnn::LayerParams& params) { setParamsFrom(params); }
  bool getMemoryShapes(const Shapes& in, int, Shapes& out, Shapes&) const override {
    CV_Assert(in.size() == 1 && in[0].size() == 4 && blobs.size() == 2);
    const auto channels = static_cast<std::size_t>(in[0][1]);
    CV_Assert(blobs[0].type() == CV_32F && blobs[0].total() == channels * taps * taps);
    CV_Assert(blobs[1].type() == CV_32F && blobs[1].total() == channels);
    out = in;
    return false;
  }
  bool setActivation(const cv::Ptr<cv::dnn::ActivationLayer>& activation) override {
    activation_ = activation;
    return !activation.empty();
  }
  void forward(cv::InputArrayOfArrays in, cv::OutputArrayOfArrays out, cv::OutputArrayOfArrays) override {
    Planes from = only(in), to = only(out);
    const int width = from.width(), height = from.height();
    const Index stride = width + 2 * border;
    std::vector<float> framed(static_cast<std::size_t>(stride * (height + 2 * border)), 0.0F);
    for (int c = 0; c < from.channels(); ++c) {
      for (int y = 0; y < height; ++y)
        std::copy_n(from.channel(c) + Index{y} * width, width,
                    framed.begin() + (y + border) * stride + border);
      const float* weights = blobs[0].ptr<float>() + Index{c} * taps * taps;
      const float bias = blobs[1].ptr<float>()[c];
      for (int y = 0; y < height; ++y)
        filter_row(framed.data() + y * stride, stride, weights, bias, to.channel(c) + Index{y} * width,
                   width);
      if (activation_)
        activation_->forwardSlice(to.channel(c), to.channel(c), width * height, to.plane(), c, c + 1);
    }
  }

 private:
  cv::Ptr<cv::dnn::ActivationLayer> activation_;
};

template <class L>
cv::Ptr<cv::dnn::Layer> make(cv::dnn::LayerParams& params) {
  return cv::makePtr<L>(params);
}

}  // namespace

void register_fast_layers() {
  static std::once_flag once;
  std::call_once(once, [] {
    cv::dnn::LayerFactory::registerLayer(hard_swish_layer, make<HardSwish>);
    cv::dnn::LayerFactory::registerLayer(channel_shuffle_layer, make<ChannelShuffle>);
    cv::dnn::LayerFactory::registerLayer(depthwise_layer, make<Depthwise>);
  });
}

}  // namespace invigil::vision
