#include "behaviour/baseline.hpp"

#include <algorithm>
#include <cmath>

namespace invigil::behaviour {

namespace {

constexpr Duration learns_for = std::chrono::seconds{60};
constexpr Duration knows_little_for = std::chrono::seconds{5};
constexpr double of_little = 0.5, of_some = 0.85;
constexpr Duration longest_step = std::chrono::seconds{1};
constexpr double to_standard_deviation = 1.4826;

double median(std::vector<double> x) {
  const auto middle = x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2);
  std::nth_element(x.begin(), middle, x.end());
  return *middle;
}

}  // namespace

bool Baseline::complete() const { return covered_ >= learns_for; }

void Baseline::add(double x, Timestamp time) {
  if (complete()) return;
  if (!seen_.empty()) covered_ += std::clamp<Duration>(time - last_, Duration::zero(), longest_step);
  last_ = time;
  seen_.push_back(x);
  median_ = median(seen_);
  if (!complete()) return;
  for (auto& s : seen_) s = std::abs(s - median_);
  spread_ = std::clamp(to_standard_deviation * median(seen_), options_.least_spread, options_.most_spread);
}

double Baseline::deviation(double x) const {
  if (seen_.empty()) return 0;
  return (x - median_) / (complete() ? spread_ : options_.usual_spread);
}

double Baseline::quality() const {
  if (complete()) return 1;
  return covered_ < knows_little_for ? of_little : of_some;
}

}  // namespace invigil::behaviour
