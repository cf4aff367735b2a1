// From evidence, sample by sample, to stretches of time.
#pragma once

#include <invigil/time.hpp>

#include <chrono>
#include <optional>

namespace invigil::behaviour {

/// What one sample says: how likely the thing is, and how far the sample can be trusted. Both in [0, 1].
struct Evidence {
  Timestamp time{};
  double likely = 0;
  double quality = 1;
  /// Since when, where the sample itself tells. Default: since its time.
  std::optional<Timestamp> since = {};
};

/// A stretch for which the evidence was there, over its samples.
struct Stretch {
  Timestamp begin{};  ///< When the evidence first rose.
  Timestamp end{};    ///< When it fell.
  double confidence = 0;
  double quality = 0;
};

struct HysteresisOptions {
  /// Of the smoothing. Default: 0.3 s.
  Duration time_constant = std::chrono::milliseconds{300};
  /// How long the smoothed evidence must stay at or above 0.6. Default: 1 s.
  Duration on_for = std::chrono::seconds{1};
  /// How long it must stay below 0.4 for the stretch to be over. Default: 0.6 s.
  Duration off_for = std::chrono::milliseconds{600};
};

/// e <- e + a (likely quality - e), with a from the time between samples, so that the rate of the samples
/// does not matter. A sample of quality 0 is evidence of nothing. Where samples are missing, a stretch ends:
/// what was not seen is not claimed.
class Hysteresis {
 public:
  explicit Hysteresis(HysteresisOptions options = {});

  /// Takes samples in order of time; returns a stretch when one is over.
  std::optional<Stretch> add(const Evidence& sample);
  /// The samples have ended.
  std::optional<Stretch> finish();
  /// When the stretch that is under way, if any, first rose.
  [[nodiscard]] std::optional<Timestamp> under_way() const { return began_; }
  /// The smoothed evidence now, in [0, 1].
  [[nodiscard]] double evidence() const { return smoothed_; }
  /// No stretch still to come ends before, given that time has reached `seen`.
  [[nodiscard]] Timestamp horizon(Timestamp seen) const;
  /// The time of the last sample and the time until the next one is due.
  [[nodiscard]] Timestamp last_end() const { return last_ ? *last_ + step_ : Timestamp{}; }

 private:
  [[nodiscard]] bool samples_missing(Duration step) const;
  void follow(const Evidence& sample);
  void turn_on(Timestamp now);
  [[nodiscard]] bool is_over(Timestamp now);
  std::optional<Stretch> close(Timestamp end);

  HysteresisOptions options_;
  double smoothed_ = 0;
  Duration step_{};
  std::optional<Timestamp> last_, began_, fell_, high_since_, low_since_;
  bool on_ = false;
  double sum_ = 0, quality_sum_ = 0;
  int samples_ = 0;
};

}  // namespace invigil::behaviour
