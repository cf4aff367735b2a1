// The clock that all devices of this process share.
#pragma once

#include <invigil/time.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>

namespace invigil::capture {

/// Zero is when the first of them is read, not when it is opened: a session begins when it runs, however long
/// it took to set up. Each device holds one, so that pictures and sound lie on one line; once all are gone,
/// the next to open start anew.
class Clock {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  Clock();
  /// Makes now zero, if nobody did before.
  void start() const;
  /// Session time of a moment. Call `start` before.
  [[nodiscard]] Timestamp at(Moment moment) const {
    return Timestamp{std::chrono::duration_cast<Duration>(moment.time_since_epoch()) - Duration{*zero_}};
  }
  /// The moment at which session time is `time`.
  [[nodiscard]] Moment moment(Timestamp time) const {
    return Moment{time.time_since_epoch() + Duration{*zero_}};
  }

 private:
  /// Nanoseconds of the monotonic clock; 0 until it is set.
  std::shared_ptr<std::atomic<std::int64_t>> zero_;
};

/// When something was captured to which its device gave `stamp` (microseconds of the monotonic or of the wall
/// clock, whichever is near) and which has arrived now. A stamp from neither clock, from the future, or older
/// than 10 s counts as now.
[[nodiscard]] Clock::Moment captured(std::chrono::microseconds stamp);

}  // namespace invigil::capture
