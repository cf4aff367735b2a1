// Silero's voice activity net, run by Eigen on the weights of its ONNX file.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

namespace invigil::vision {

/// Tells for each 512 samples at 16 kHz how likely they are speech. It remembers what it heard before.
class Silero {
 public:
  static constexpr int rate = 16000;
  static constexpr std::size_t block = 512;

  /// Throws `Error{model}` when the bytes are no ONNX file with this net's tensors.
  explicit Silero(std::span<const std::byte> onnx);
  ~Silero();
  Silero(Silero&&) noexcept;
  Silero& operator=(Silero&&) noexcept;

  /// In [0, 1], as the net says it: not calibrated.
  [[nodiscard]] float probability(std::span<const float, block> samples);
  /// Forgets what was heard.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::vision
