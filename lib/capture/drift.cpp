#include "capture/drift.hpp"

#include <algorithm>

namespace invigil::capture {

namespace {

constexpr std::size_t window = 50;
constexpr int every = 500;
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

std::optional<Duration> Drift::measure(Duration difference) {
  recent_.push_back(difference);
  if (recent_.size() > window) recent_.erase(recent_.begin());
  ++count_;
  if (recent_.size() < window) return std::nullopt;
  const Duration error = median(recent_);
  const bool torn = magnitude(error) > tear;
  if (!torn && count_ < every) return std::nullopt;
  count_ = 0;
  recent_.clear();
  if (torn) return error;
  const Duration correction = error + pace_;
  // What is corrected now shows in the next difference but one: a quarter settles without swinging.
  pace_ += error / 4;
  return magnitude(correction) > negligible ? std::optional{correction} : std::nullopt;
}

}  // namespace invigil::capture
