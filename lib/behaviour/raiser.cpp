#include "behaviour/raiser.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace invigil::behaviour {

namespace {

constexpr Duration evidence_margin = std::chrono::seconds{5};
/// A pause so short is a hiccup of the detector, or a keyframe, and no second time.
constexpr Duration blink = std::chrono::milliseconds{600};
constexpr Duration longest_merged = std::chrono::seconds{60};
/// No detector is ever certain.
constexpr double most_confident = 0.99;

/// The smoothing takes half a second; a flag that the policy wants early must not wait a second more.
Duration on_for(Duration longer_than) {
  using namespace std::chrono_literals;
  return std::clamp<Duration>(longer_than - 500ms, 0s, 1s);
}

double two_decimals(double x) { return std::round(x * 100) / 100; }

}  // namespace

std::string how_long(std::string_view what, const Sighting& seen) {
  if (seen.count == 1) return fmt::format("{} for {:.1f} s", what, seconds(seen.in_all));
  return fmt::format("{} {} times, {:.1f} s in all", what, seen.count, seconds(seen.in_all));
}

Raiser::Raiser(RaiserOptions options)
    : options_(std::move(options)),
      hysteresis_({.time_constant = options_.time_constant,
                   .on_for = on_for(options_.longer_than - options_.window)}) {}

void Raiser::add(const Evidence& sample, const Emit<Flag>& emit) {
  if (!first_) first_ = sample.time;
  if (const auto stretch = hysteresis_.add(sample)) take(*stretch, emit);
  if (held_ && sample.time - held_->end >= evidence_margin && !may_still_grow(sample.time))
    release(sample.time, emit);
}

void Raiser::finish(const Emit<Flag>& emit) {
  if (const auto stretch = hysteresis_.finish()) take(*stretch, emit);
  if (held_) release(hysteresis_.last_end(), emit);
}

bool Raiser::joins(const Stretch& stretch) const {
  return held_ && stretch.begin - held_->end <= options_.merge_within &&
         stretch.end - held_->begin <= longest_merged;
}

/// Something that may join what is held is under way.
bool Raiser::may_still_grow(Timestamp now) const {
  const auto next = hysteresis_.under_way();
  return next && *next - options_.window - held_->end <= options_.merge_within &&
         now - held_->begin <= longest_merged;
}

void Raiser::take(const Stretch& seen, const Emit<Flag>& emit) {
  Stretch stretch = seen;
  stretch.begin = std::max(stretch.begin - options_.window, *first_);
  const Duration length = stretch.end - stretch.begin;
  if (length < options_.longer_than) return;
  if (!joins(stretch)) {
    if (held_) release(stretch.end, emit);
    held_ = Sighting{stretch.begin, stretch.end, length, 1, stretch.confidence, stretch.quality};
    return;
  }
  const Duration pause = stretch.begin - held_->end;
  if (pause <= blink) {
    held_->in_all += pause;
  } else {
    ++held_->count;
  }
  const double share = seconds(length) / std::max(seconds(held_->in_all + length), 1e-9);
  held_->confidence += share * (stretch.confidence - held_->confidence);
  held_->quality += share * (stretch.quality - held_->quality);
  held_->end = stretch.end;
  held_->in_all += length;
}

void Raiser::release(Timestamp session_end, const Emit<Flag>& emit) {
  emit(to_flag(*held_, session_end));
  held_.reset();
}

Flag Raiser::to_flag(const Sighting& seen, Timestamp session_end) const {
  Flag flag;
  flag.what = options_.what;
  flag.kind = options_.technical_when_unsure && seen.unsure() ? FlagKind::technical : options_.kind;
  flag.begin = seen.begin;
  flag.end = seen.end;
  flag.confidence = two_decimals(std::clamp(seen.confidence, 0.0, most_confident));
  flag.because = options_.because(seen);
  if (options_.longer_than > Duration::zero())
    flag.because += fmt::format(" (policy: {:g} s)", seconds(options_.longer_than));
  if (flag.kind != options_.kind) flag.because += "; the detector cannot see well here";
  flag.evidence_begin = std::max(std::min(*first_, seen.begin), seen.begin - evidence_margin);
  flag.evidence_end = std::max(seen.end, std::min(session_end, seen.end + evidence_margin));
  flag.count = seen.count;
  return flag;
}

Timestamp Raiser::horizon(Timestamp seen) const {
  const auto next = hysteresis_.horizon(seen);
  return held_ ? std::min(next, held_->end) : next;
}

}  // namespace invigil::behaviour
