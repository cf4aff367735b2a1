// When a picture was taken, and how many the driver lost before it: what a driver says, as far as it can be
// true.
#pragma once

#include "capture/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace invigil::capture {

/// Maps a driver's timestamps to the monotonic clock. Most drivers stamp with it, some with the wall clock,
/// some with a count of their own; so the distance is found at the first frame, and again whenever a stamp
/// steps back, lies more than a period in the future or more than 2 s in the past. No picture is taken after
/// it has arrived: drivers that stamp ahead are moved back by as much.
class FrameClock {
 public:
  explicit FrameClock(Duration period) : period_(period) {}
  /// Always later than the one before.
  [[nodiscard]] Clock::Moment moment(std::chrono::microseconds stamp, Clock::Moment arrival);

 private:
  [[nodiscard]] bool plausible(Clock::Moment moment, Clock::Moment arrival) const;
  [[nodiscard]] Duration distance(Duration stamp, Clock::Moment arrival) const;

  Duration period_;
  std::optional<Duration> offset_;
  std::optional<Clock::Moment> last_;
};

/// Counts the gaps in a driver's sequence numbers.
class SequenceGaps {
 public:
  explicit SequenceGaps(Duration period) : period_(period) {}
  /// Frames lost between the one before and this one. A step that does not fit the time between both is no
  /// loss: then the driver counts something else, or anew.
  [[nodiscard]] std::uint64_t before(std::uint32_t sequence, Clock::Moment arrival);

 private:
  Duration period_;
  std::optional<std::uint32_t> last_;
  Clock::Moment last_arrival_{};
};

}  // namespace invigil::capture
