#include "capture/clock.hpp"

#include <mutex>

namespace invigil::capture {

using namespace std::chrono_literals;

namespace {

std::shared_ptr<std::atomic<std::int64_t>> shared_zero() {
  static std::mutex mutex;
  static std::weak_ptr<std::atomic<std::int64_t>> current;
  const std::lock_guard lock{mutex};
  auto zero = current.lock();
  if (!zero) current = zero = std::make_shared<std::atomic<std::int64_t>>(0);
  return zero;
}

bool plausible(Duration age) { return age >= -5ms && age < 10s; }

}  // namespace

Clock::Clock() : zero_(shared_zero()) {}

void Clock::start() const {
  std::int64_t unset = 0;
  const Duration now = std::chrono::steady_clock::now().time_since_epoch();
  zero_->compare_exchange_strong(unset, now.count());
}

Clock::Moment captured(std::chrono::microseconds stamp) {
  // Both clocks are read on arrival, so a step of the wall clock moves no picture.
  const auto now = std::chrono::steady_clock::now();
  const Duration monotonic_age = now.time_since_epoch() - stamp;
  const Duration wall_age = std::chrono::system_clock::now().time_since_epoch() - stamp;
  if (plausible(monotonic_age)) return now - monotonic_age;
  if (plausible(wall_age)) return now - wall_age;
  return now;
}

}  // namespace invigil::capture
