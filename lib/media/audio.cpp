#include <invigil/audio.hpp>
#include <invigil/error.hpp>

#include <fmt/format.h>

namespace invigil {

AudioBlock::AudioBlock(Timestamp time, int channels, std::vector<float> samples)
    : time_(time), channels_(channels) {
  if (channels < 1 || samples.size() % static_cast<std::size_t>(channels) != 0)
    throw Error(Errc::argument, "AudioBlock",
                fmt::format("{} samples do not divide into {} channels", samples.size(), channels));
  samples_ = std::make_shared<const std::vector<float>>(std::move(samples));
}

Duration AudioBlock::duration() const {
  return Duration{static_cast<std::int64_t>(size()) * 1'000'000'000 / rate};
}

std::span<const float> AudioBlock::channel(int index) const {
  if (index < 0 || index >= channels_)
    throw Error(Errc::argument, "AudioBlock::channel", fmt::format("{} is not below {}", index, channels_));
  return std::span{*samples_}.subspan(static_cast<std::size_t>(index) * size(), size());
}

std::vector<float> AudioBlock::mono() const {
  std::vector<float> mean(size(), 0.0F);
  for (int c = 0; c < channels_; ++c) {
    const auto samples = channel(c);
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += samples[i];
  }
  for (auto& x : mean) x /= static_cast<float>(channels_);
  return mean;
}

}  // namespace invigil
