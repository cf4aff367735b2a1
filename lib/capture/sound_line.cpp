#include "capture/sound_line.hpp"

#include <utility>

namespace invigil::capture {

namespace {

Duration length_of(const AVFrame& frame) {
  return Duration{av_rescale(frame.nb_samples, 1'000'000'000, frame.sample_rate)};
}

}  // namespace

void SoundLine::push(media::UniqueFrame sound, Timestamp begin, bool torn, const Emit<AudioBlock>& emit) {
  if (torn) {
    release(emit);
    anchor_ = {};
    drift_ = {};
  }
  if (anchor_.settled()) {
    resampler_.push(*sound, follow(begin), emit);
    return;
  }
  anchor_.add(begin, length_of(*sound));
  held_.push_back(std::move(sound));
  if (anchor_.settled()) release(emit);
}

/// All that was held while the first timestamps settled.
void SoundLine::release(const Emit<AudioBlock>& emit) {
  Timestamp at = anchor_.start();  // the resampler cuts what was heard before zero
  for (const auto& frame : std::exchange(held_, {})) {
    resampler_.push(*frame, at, emit);
    at += length_of(*frame);
  }
}

/// The time to restart the count at, after a loss; usually none, since samples are counted.
std::optional<Timestamp> SoundLine::follow(Timestamp begin) {
  const auto error = drift_.measure(begin - resampler_.expected());
  if (!error) return std::nullopt;
  if (*error > Drift::tear || *error < -Drift::tear) return resampler_.expected() + *error;
  resampler_.drift(*error);
  return std::nullopt;
}

}  // namespace invigil::capture
