// Sound as the library handles it: 32-bit float, 48 kHz, planar.
#pragma once

#include <invigil/export.hpp>
#include <invigil/time.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace invigil {

/// A run of samples, full scale +-1. Copies share the samples.
class INVIGIL_API AudioBlock {
 public:
  /// Samples a second, of every block.
  static constexpr int rate = 48000;

  AudioBlock() = default;
  /// `samples` holds channel after channel, each `samples.size() / channels` long.
  /// Throws `Error{argument}` when channels < 1 or the sizes do not fit.
  AudioBlock(Timestamp time, int channels, std::vector<float> samples);

  /// When the first sample was heard.
  [[nodiscard]] Timestamp time() const { return time_; }
  [[nodiscard]] int channels() const { return channels_; }
  /// Samples a channel.
  [[nodiscard]] std::size_t size() const { return channels_ ? samples_->size() / std::size_t(channels_) : 0; }
  [[nodiscard]] Duration duration() const;
  [[nodiscard]] std::span<const float> channel(int index) const;
  /// The mean of all channels.
  [[nodiscard]] std::vector<float> mono() const;

 private:
  Timestamp time_{};
  int channels_ = 0;
  std::shared_ptr<const std::vector<float>> samples_;
};

}  // namespace invigil
