#include "behaviour/hysteresis.hpp"

#include <algorithm>
#include <cmath>

namespace invigil::behaviour {

namespace {

constexpr double high = 0.6;
constexpr double low = 0.4;
constexpr double rises_at = 0.5;
/// Analysis looks at least once a second, so that a longer pause means that pictures are missing.
constexpr Duration longest_step = std::chrono::milliseconds{2500};

}  // namespace

Hysteresis::Hysteresis(HysteresisOptions options) : options_(options) {}

bool Hysteresis::samples_missing(Duration step) const { return step > std::max(longest_step, 3 * step_); }

std::optional<Stretch> Hysteresis::add(const Evidence& sample) {
  if (last_ && sample.time <= *last_) return std::nullopt;
  std::optional<Stretch> over;
  const bool first = !last_;
  const Duration step = first ? Duration::zero() : sample.time - *last_;
  if (samples_missing(step)) {
    over = close(last_end());
    smoothed_ = 0;
  } else {
    const double a = 1 - std::exp(-seconds(step) / seconds(options_.time_constant));
    smoothed_ += a * (sample.likely * sample.quality - smoothed_);
  }
  last_ = sample.time;
  step_ = step;
  follow(sample);
  if (!on_) turn_on(sample.time);
  if (on_ && is_over(sample.time)) over = close(*fell_);
  return over;
}

/// Keeps when the evidence rose and fell, and its sums, as long as something is under way.
void Hysteresis::follow(const Evidence& sample) {
  const double value = sample.likely * sample.quality;
  if (value >= rises_at) {
    if (!began_) began_ = sample.since.value_or(sample.time);
    fell_.reset();
    sum_ += value;
    quality_sum_ += sample.quality;
    ++samples_;
    return;
  }
  if (!began_) return;
  if (!fell_) fell_ = sample.time;
  if (!on_ && smoothed_ < low) close(*fell_);
}

void Hysteresis::turn_on(Timestamp now) {
  if (!began_ || smoothed_ < high) return high_since_.reset();
  if (!high_since_) high_since_ = now;
  on_ = now - *high_since_ >= options_.on_for;
}

bool Hysteresis::is_over(Timestamp now) {
  if (smoothed_ >= low || !fell_) {
    low_since_.reset();
    return false;
  }
  if (!low_since_) low_since_ = now;
  return now - *low_since_ >= options_.off_for;
}

std::optional<Stretch> Hysteresis::close(Timestamp end) {
  std::optional<Stretch> stretch;
  if (on_) stretch = Stretch{*began_, end, sum_ / samples_, quality_sum_ / samples_};
  began_.reset();
  fell_.reset();
  high_since_.reset();
  low_since_.reset();
  on_ = false;
  sum_ = quality_sum_ = 0;
  samples_ = 0;
  return stretch;
}

std::optional<Stretch> Hysteresis::finish() { return close(fell_.value_or(last_end())); }

Timestamp Hysteresis::horizon(Timestamp seen) const {
  if (!began_) return seen;
  return std::min(seen, fell_.value_or(*last_));
}

}  // namespace invigil::behaviour
