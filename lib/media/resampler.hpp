// From a decoder's sound to blocks of 48 kHz float on an unbroken line of time.
#pragma once

#include "media/av.hpp"

#include <invigil/audio.hpp>
#include <invigil/stream.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace invigil::media {

/// Sample rates that are taken for real.
constexpr int lowest_rate = 1000, highest_rate = 768'000;

/// Resamples one stream. Time is counted in samples from the first timestamp on, so that the rounding of
/// containers (Matroska: 1 ms) neither tears nor overlaps blocks; only where timestamps and count differ by
/// more than 40 ms, a hole is left, or what overlaps is cut. Not thread-safe.
class Resampler {
 public:
  /// `channels`: of the blocks, 1 or 2; more are mixed down. `name` stands in messages.
  Resampler(std::string name, int channels) : name_(std::move(name)), channels_(channels) {}

  /// Sound that began at `at`; without a time it follows what came before. Emits blocks of 20 ms, the last
  /// before a hole is shorter. Throws `Error{unsupported}` for a format that cannot be resampled.
  void push(const AVFrame& frame, std::optional<Timestamp> at, const Emit<AudioBlock>& emit);
  /// Emits what is still held.
  void flush(const Emit<AudioBlock>& emit);
  /// Stretches the sound coming out by `correction` over the next ten seconds: a device whose clock runs
  /// fast or slow is led back without a click.
  void drift(Duration correction);
  /// When sound that comes next is expected to begin.
  [[nodiscard]] Timestamp expected() const;

 private:
  struct Format {
    int rate = 0, channels = 0, sample = -1;
    bool operator==(const Format&) const = default;
  };
  void start(const AVFrame& frame, const Format& format, Timestamp at);
  void convert(const std::uint8_t** data, int samples, const Emit<AudioBlock>& emit);
  void emit_block(std::size_t samples, const Emit<AudioBlock>& emit);

  std::string name_;
  int channels_;
  Format format_;
  UniqueResampler swr_;
  Timestamp anchor_{};      ///< Of the first sample since `start`.
  std::int64_t taken_ = 0;  ///< Input samples since then.
  std::int64_t given_ = 0;  ///< Output samples since then, those in `pending_` not counted.
  Duration corrected_{};    ///< By `drift`, since then.
  std::array<std::vector<float>, 2> pending_;
};

}  // namespace invigil::media
