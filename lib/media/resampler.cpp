#include "media/resampler.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libavutil/samplefmt.h>
}

namespace invigil::media {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t block = AudioBlock::rate / 50;
constexpr Duration tolerance = 40ms;
constexpr std::int64_t second = 1'000'000'000;

Duration of_samples(std::int64_t n, int rate) { return Duration{av_rescale(n, second, rate)}; }

/// Damaged or hostile float streams hold infinities and worse, which would spread through every filter.
float sane(float x) { return std::isfinite(x) ? std::clamp(x, -1.0F, 1.0F) : 0.0F; }

}  // namespace

Timestamp Resampler::expected() const {
  return swr_ ? anchor_ + of_samples(taken_, format_.rate) + corrected_ : Timestamp{};
}

void Resampler::start(const AVFrame& frame, const Format& format, Timestamp at) {
  AVChannelLayout in{}, out{};
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
    av_channel_layout_default(&in, frame.ch_layout.nb_channels);
  else
    av_channel_layout_copy(&in, &frame.ch_layout);
  av_channel_layout_default(&out, channels_);
  SwrContext* context = nullptr;
  int r = swr_alloc_set_opts2(&context, &out, AV_SAMPLE_FMT_FLTP, AudioBlock::rate, &in,
                              static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
  av_channel_layout_uninit(&in);
  swr_.reset(context);
  if (r >= 0) {
    av_opt_set_double(context, "rematrix_maxval", 1.0, 0);  // mixing down must not clip
    r = swr_init(context);
  }
  if (r < 0) {
    swr_.reset();
    throw Error(Errc::unsupported, name_, fmt::format("its sound cannot be resampled: {}", error_text(r)));
  }
  format_ = format;
  anchor_ = at;
  taken_ = given_ = 0;
  corrected_ = Duration{0};
}

void Resampler::push(const AVFrame& frame, std::optional<Timestamp> at, const Emit<AudioBlock>& emit) {
  const Format format{frame.sample_rate, frame.ch_layout.nb_channels, frame.format};
  if (frame.nb_samples < 1) return;
  if (format.rate < lowest_rate || format.rate > highest_rate || format.channels < 1)
    throw Error(Errc::unsupported, name_,
                fmt::format("sound of {} channels at {} Hz", format.channels, format.rate));
  const bool first = !swr_;
  const Timestamp due = expected();
  const Timestamp begin = at.value_or(due);
  int skip = 0;
  if (begin < due - (first ? 0ns : tolerance))
    skip = static_cast<int>(
        std::min<std::int64_t>(frame.nb_samples, av_rescale((due - begin).count(), format.rate, second)));
  if (skip == frame.nb_samples) return;
  if (first || begin > due + tolerance || !(format == format_)) {
    flush(emit);
    start(frame, format, std::max(begin, due));
  }
  const int width = av_get_bytes_per_sample(static_cast<AVSampleFormat>(frame.format));
  const bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format));
  std::vector<const std::uint8_t*> data(planar ? static_cast<std::size_t>(format.channels) : 1);
  for (std::size_t c = 0; c < data.size(); ++c)
    data[c] =
        frame.extended_data[c] + static_cast<std::ptrdiff_t>(skip) * width * (planar ? 1 : format.channels);
  taken_ += frame.nb_samples - skip;
  convert(data.data(), frame.nb_samples - skip, emit);
}

void Resampler::convert(const std::uint8_t** data, int samples, const Emit<AudioBlock>& emit) {
  const auto channels = static_cast<std::size_t>(channels_);
  const auto held = pending_[0].size();
  const int room = std::max(swr_get_out_samples(swr_.get(), samples), 0) + 32;
  std::array<std::uint8_t*, 2> out{};
  for (std::size_t c = 0; c < channels; ++c) {
    pending_[c].resize(held + static_cast<std::size_t>(room));
    out[c] = reinterpret_cast<std::uint8_t*>(pending_[c].data() + held);
  }
  const int got = std::max(swr_convert(swr_.get(), out.data(), room, data, samples), 0);
  for (std::size_t c = 0; c < channels; ++c) {
    pending_[c].resize(held + static_cast<std::size_t>(got));
    std::transform(pending_[c].begin() + static_cast<std::ptrdiff_t>(held), pending_[c].end(),
                   pending_[c].begin() + static_cast<std::ptrdiff_t>(held), sane);
  }
  while (pending_[0].size() >= block) emit_block(block, emit);
}

void Resampler::emit_block(std::size_t samples, const Emit<AudioBlock>& emit) {
  std::vector<float> planar;
  planar.reserve(samples * static_cast<std::size_t>(channels_));
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels_); ++c) {
    const auto end = pending_[c].begin() + static_cast<std::ptrdiff_t>(samples);
    planar.insert(planar.end(), pending_[c].begin(), end);
    pending_[c].erase(pending_[c].begin(), end);
  }
  const Timestamp at = anchor_ + of_samples(given_, AudioBlock::rate);
  given_ += static_cast<std::int64_t>(samples);
  emit(AudioBlock{at, channels_, std::move(planar)});
}

void Resampler::flush(const Emit<AudioBlock>& emit) {
  if (!swr_) return;
  convert(nullptr, 0, emit);
  if (!pending_[0].empty()) emit_block(pending_[0].size(), emit);
}

void Resampler::drift(Duration correction) {
  if (!swr_) return;
  const auto samples = static_cast<int>(av_rescale(correction.count(), AudioBlock::rate, second));
  if (swr_set_compensation(swr_.get(), samples, 10 * AudioBlock::rate) >= 0) corrected_ += correction;
}

}  // namespace invigil::media
