// The clock that all devices of this process share.
#pragma once

#include <invigil/time.hpp>

#include <chrono>
#include <memory>

namespace invigil::capture {

/// Zero is when the first device was opened; once all are closed, the next one to open starts anew. Each
/// device holds one, so that pictures and sound lie on one line.
class Clock {
 public:
  Clock();
  /// Session time of a moment of the monotonic clock.
  [[nodiscard]] Timestamp at(std::chrono::steady_clock::time_point moment) const {
    return Timestamp{std::chrono::duration_cast<Duration>(moment - *zero_)};
  }
  [[nodiscard]] Timestamp now() const { return at(std::chrono::steady_clock::now()); }
  /// The moment at which session time is `time`.
  [[nodiscard]] std::chrono::steady_clock::time_point moment(Timestamp time) const {
    return *zero_ + time.time_since_epoch();
  }
  /// When something was captured to which the device gave `stamp` (microseconds of the monotonic or of the
  /// wall clock, whichever is near) and which has arrived now. A stamp from neither clock, from the future,
  /// or older than 10 s counts as now.
  [[nodiscard]] Timestamp captured(std::chrono::microseconds stamp) const;

 private:
  std::shared_ptr<const std::chrono::steady_clock::time_point> zero_;
};

}  // namespace invigil::capture
