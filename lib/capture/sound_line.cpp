#include "capture/sound_line.hpp"

#include <utility>

namespace invigil::capture {

namespace {

Duration length_of(const AVFrame& frame) {
  return Duration{av_rescale(frame.nb_samples, 1'000'000'000, frame.sample_rate)};
}

}  // namespace

void SoundLine::push(media::UniqueFrame sound, Timestamp begin, bool torn, const Emit<AudioBlock>& emit) {
  if (torn) begin_anew(emit);
  if (anchor_.settled()) return count_on(*sound, begin, emit);
  anchor_.add(begin, length_of(*sound));
  held_.push_back(std::move(sound));
  if (anchor_.settled()) release(emit);
}

void SoundLine::finish(const Emit<AudioBlock>& emit) {
  begin_anew(emit);
  resampler_.flush(emit);
}

void SoundLine::begin_anew(const Emit<AudioBlock>& emit) {
  release(emit);
  anchor_ = {};
  drift_ = {};
  early_.reset();
}

/// All that was held while the first timestamps settled.
void SoundLine::release(const Emit<AudioBlock>& emit) {
  Timestamp at = anchor_.start();
  for (const auto& frame : std::exchange(held_, {})) {
    resampler_.push(*frame, at, emit);
    at += length_of(*frame);
  }
  if (at <= Timestamp{}) early_ = at;
}

void SoundLine::count_on(const AVFrame& sound, Timestamp begin, const Emit<AudioBlock>& emit) {
  if (!early_) return resampler_.push(sound, follow(begin), emit);
  resampler_.push(sound, early_, emit);
  *early_ += length_of(sound);
  if (*early_ > Timestamp{}) early_.reset();
}

/// The time to restart the count at, after a loss; usually none, since samples are counted.
std::optional<Timestamp> SoundLine::follow(Timestamp begin) {
  const auto correction = drift_.measure(begin - resampler_.expected());
  if (!correction) return std::nullopt;
  if (correction->torn) return resampler_.expected() + correction->by;
  resampler_.drift(correction->by);
  return std::nullopt;
}

}  // namespace invigil::capture
