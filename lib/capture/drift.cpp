#include "capture/drift.hpp"

#include <algorithm>

namespace invigil::capture {

namespace {

constexpr int window = 50;
// Longer than a correction's ten seconds, so that those have ended even where blocks become shorter.
constexpr int every = 520;
constexpr int early = 200;
constexpr Duration hasty = std::chrono::milliseconds{25};  ///< In `every` blocks: 2500 ppm.
constexpr Duration negligible = std::chrono::milliseconds{1};

template <class T>
T median(std::vector<T> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Duration magnitude(Duration d) { return d < Duration{0} ? -d : d; }

}  // namespace

void Anchor::add(Timestamp time, Duration length) {
  starts_.push_back(time - length_);
  length_ += length;
}

Timestamp Anchor::start() const {
  return starts_.empty()
             ? Timestamp{}
             : median(std::vector<Timestamp>(
                   starts_.begin() + static_cast<std::ptrdiff_t>(starts_.size() / 2), starts_.end()));
}

std::optional<Drift::Correction> Drift::measure(Duration difference) {
  ++count_;
  const Duration to_come = ahead_ * (every - count_) / every;  // what stretching has yet to do
  recent_.push_back(difference + to_come);
  if (recent_.size() > std::size_t{window}) recent_.erase(recent_.begin());
  if (recent_.size() < std::size_t{window}) return std::nullopt;
  const Duration error = median(recent_);
  if (magnitude(error) > tear) {
    begin_anew();
    return Correction{error - to_come, true};
  }
  if (young_ && count_ == window) first_ = error;
  if (young_ && count_ == (window + early) / 2) second_ = error;
  if (young_ && count_ == early && runs_away(error)) {
    const Duration run = error - first_;
    pace_ = run * every / (early - window);
    return correct(error + run * window / 2 / (early - window));
  }
  return count_ < every ? std::nullopt : correct(error);
}

/// Evenly and by far; what was lost at once is no pace.
bool Drift::runs_away(Duration error) const {
  const Duration run = error - first_;
  return magnitude(run * every / (early - window)) > hasty &&
         magnitude(second_ - first_ - run / 2) < magnitude(run) / 4;
}

void Drift::begin_anew() {
  recent_.clear();
  count_ = 0;
  ahead_ = {};
  young_ = true;
}

std::optional<Drift::Correction> Drift::correct(Duration error) {
  const Duration correction = error + pace_;
  const bool needed = magnitude(correction) > negligible;
  begin_anew();
  young_ = false;
  if (needed) ahead_ = pace_;
  // What is corrected now shows in the next difference but one: a quarter settles without swinging.
  pace_ += error / 4;
  return needed ? std::optional{Correction{correction}} : std::nullopt;
}

}  // namespace invigil::capture
