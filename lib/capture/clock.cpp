#include "capture/clock.hpp"

#include <mutex>

namespace invigil::capture {

using namespace std::chrono_literals;

namespace {

std::shared_ptr<const std::chrono::steady_clock::time_point> shared_zero() {
  static std::mutex mutex;
  static std::weak_ptr<const std::chrono::steady_clock::time_point> current;
  const std::lock_guard lock{mutex};
  auto zero = current.lock();
  if (!zero) {
    zero = std::make_shared<const std::chrono::steady_clock::time_point>(std::chrono::steady_clock::now());
    current = zero;
  }
  return zero;
}

bool plausible(Duration age) { return age >= -5ms && age < 10s; }

}  // namespace

Clock::Clock() : zero_(shared_zero()) {}

Timestamp Clock::captured(std::chrono::microseconds stamp) const {
  // Both clocks are read on arrival, so a step of the wall clock moves no picture.
  const auto now = std::chrono::steady_clock::now();
  const Duration monotonic_age = now.time_since_epoch() - stamp;
  const Duration wall_age = std::chrono::system_clock::now().time_since_epoch() - stamp;
  if (plausible(monotonic_age)) return at(now - monotonic_age);
  if (plausible(wall_age)) return at(now - wall_age);
  return at(now);
}

}  // namespace invigil::capture
