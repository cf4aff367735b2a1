// Session time: nanoseconds since the session began.
#pragma once

#include <chrono>
#include <cstdint>

namespace invigil {

/// The clock of everything that is captured, analysed and recorded: monotonic, starting at zero with the
/// session. It has no `now()` on purpose: analysis runs on the time of the media, so that the same input
/// gives the same output at any speed.
struct SessionClock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<SessionClock>;
  static constexpr bool is_steady = true;
};

using Timestamp = SessionClock::time_point;
using Duration = SessionClock::duration;

/// Seconds as a floating-point number, for people and for JSON.
[[nodiscard]] constexpr double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
[[nodiscard]] constexpr double seconds(Timestamp t) { return seconds(t.time_since_epoch()); }

/// The nearest timestamp to `s` seconds. `s` must be finite and within +-292 years.
[[nodiscard]] constexpr Duration duration_from_seconds(double s) {
  return Duration{static_cast<std::int64_t>(s * 1e9 + (s < 0 ? -0.5 : 0.5))};
}
[[nodiscard]] constexpr Timestamp from_seconds(double s) { return Timestamp{duration_from_seconds(s)}; }

}  // namespace invigil
