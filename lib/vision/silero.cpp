// Silero VAD 5, 16 kHz (github.com/snakers4/silero-vad, MIT).
//
// 64 samples of before and 512 new ones, mirrored by 64 at the end, give four frames of 256 at steps of 128.
// A learned basis turns each into 129 magnitudes. Four convolutions over time, of kernel 3 with one frame of
// padding at each end, bring 129 x 4 to 128 x 1; an LSTM of 128 cells remembers; one linear output.
#include "vision/silero.hpp"

#include "vision/onnx_tensors.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Core>

namespace invigil::vision {

namespace {

using Eigen::Index;
using Matrix = Eigen::MatrixXf;
using Vector = Eigen::VectorXf;
using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr Index context = 64, input = context + static_cast<Index>(Silero::block), mirrored = 64;
constexpr Index window = 256, hop = 128, bins = 129, cells = 128;
constexpr Index frames = (input + mirrored - window) / hop + 1;
static_assert(frames == 4);

Matrix matrix(const OnnxTensors& tensors, const std::string& name, Index rows, Index columns,
              const std::vector<std::int64_t>& shape) {
  return Eigen::Map<const RowMajor>(tensors.get(name, shape).data(), rows, columns);
}

Vector vector(const OnnxTensors& tensors, const std::string& name, Index size) {
  return Eigen::Map<const Vector>(tensors.get(name, {size}).data(), size);
}

/// A convolution over time of kernel 3, with padding 1 and ReLU: one matrix a tap.
class Convolution {
 public:
  Convolution(const OnnxTensors& tensors, int number, Index in, Index out, Index stride) : stride_(stride) {
    const auto name = "model.encoder." + std::to_string(number) + ".reparam_conv.";
    const Matrix all = matrix(tensors, name + "weight", out, in * 3, {out, in, 3});
    for (Index tap = 0; tap < 3; ++tap)
      taps_[static_cast<std::size_t>(tap)] = all(Eigen::all, Eigen::seqN(tap, in, 3));
    bias_ = vector(tensors, name + "bias", out);
  }

  [[nodiscard]] Matrix operator()(const Matrix& x) const {
    Matrix y = bias_.replicate(1, (x.cols() - 1) / stride_ + 1);
    for (Index tap = 0; tap < 3; ++tap) add(tap, x, y);
    return y.cwiseMax(0.0F);
  }

 private:
  /// Frames in the padding are zero, so that they are left out rather than multiplied.
  void add(Index tap, const Matrix& x, Matrix& y) const {
    const auto source = [&](Index t) { return t * stride_ + tap - 1; };
    Index first = 0, last = y.cols();
    while (first < last && source(first) < 0) ++first;
    while (last > first && source(last - 1) >= x.cols()) --last;
    if (first == last) return;
    const Index n = last - first;
    const Eigen::Map<const Matrix, 0, Eigen::OuterStride<>> seen{x.col(source(first)).data(), x.rows(), n,
                                                                 Eigen::OuterStride<>{stride_ * x.rows()}};
    y.middleCols(first, n).noalias() += taps_[static_cast<std::size_t>(tap)] * seen;
  }

  Index stride_;
  std::array<Matrix, 3> taps_;
  Vector bias_;
};

Vector sigmoid(const Vector& x) { return (1.0F + (-x.array()).exp()).inverse().matrix(); }

}  // namespace

struct Silero::Impl {
  explicit Impl(const OnnxTensors& t)
      : basis(matrix(t, "model.stft.forward_basis_buffer", 2 * bins, window, {2 * bins, 1, window})),
        convolutions{Convolution{t, 0, bins, 128, 1}, Convolution{t, 1, 128, 64, 2},
                     Convolution{t, 2, 64, 64, 2}, Convolution{t, 3, 64, cells, 1}},
        from_input(matrix(t, "model.decoder.rnn.weight_ih", 4 * cells, cells, {4 * cells, cells})),
        from_hidden(matrix(t, "model.decoder.rnn.weight_hh", 4 * cells, cells, {4 * cells, cells})),
        gate_bias(vector(t, "model.decoder.rnn.bias_ih", 4 * cells) +
                  vector(t, "model.decoder.rnn.bias_hh", 4 * cells)),
        out(Eigen::Map<const Vector>(t.get("model.decoder.decoder.2.weight", {1, cells, 1}).data(), cells)),
        out_bias(t.get("model.decoder.decoder.2.bias", {1})[0]) {
    reset();
  }

  void reset() {
    heard = Vector::Zero(input + mirrored);
    hidden = Vector::Zero(cells);
    memory = Vector::Zero(cells);
  }

  void hear(std::span<const float, block> samples) {
    heard.head(context) = heard.segment(input - context, context).eval();
    heard.segment(context, block) = Eigen::Map<const Vector>(samples.data(), block);
    heard.tail(mirrored) = heard.segment(input - 1 - mirrored, mirrored).reverse();
  }

  [[nodiscard]] Matrix magnitudes() const {
    const Eigen::Map<const Matrix, 0, Eigen::OuterStride<hop>> windows{heard.data(), window, frames};
    const Matrix spectrum = basis * windows;
    return (spectrum.topRows(bins).array().square() + spectrum.bottomRows(bins).array().square())
        .sqrt()
        .matrix();
  }

  /// Gates in PyTorch's order: input, forget, cell, output.
  void remember(const Vector& x) {
    Vector gates = gate_bias;
    gates.noalias() += from_input * x;
    gates.noalias() += from_hidden * hidden;
    const Vector in = sigmoid(gates.segment(0, cells));
    const Vector forget = sigmoid(gates.segment(cells, cells));
    const Vector cell = gates.segment(2 * cells, cells).array().tanh().matrix();
    const Vector show = sigmoid(gates.segment(3 * cells, cells));
    memory = forget.cwiseProduct(memory) + in.cwiseProduct(cell);
    hidden = show.cwiseProduct(memory.array().tanh().matrix());
  }

  Matrix basis;
  std::array<Convolution, 4> convolutions;
  Matrix from_input, from_hidden;
  Vector gate_bias, out;
  float out_bias;
  Vector heard, hidden, memory;
};

Silero::Silero(std::span<const std::byte> onnx)
    : impl_(std::make_unique<Impl>(OnnxTensors{onnx, "silero-vad"})) {}
Silero::~Silero() = default;
Silero::Silero(Silero&&) noexcept = default;
Silero& Silero::operator=(Silero&&) noexcept = default;

float Silero::probability(std::span<const float, block> samples) {
  impl_->hear(samples);
  Matrix x = impl_->magnitudes();
  for (const auto& convolution : impl_->convolutions) x = convolution(x);
  impl_->remember(x.col(0));
  const float logit = impl_->out.dot(impl_->hidden.cwiseMax(0.0F)) + impl_->out_bias;
  return 1.0F / (1.0F + std::exp(-logit));
}

void Silero::reset() { impl_->reset(); }

}  // namespace invigil::vision
