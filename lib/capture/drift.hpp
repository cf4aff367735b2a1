// Where sound lies on the session's clock: samples are counted, the device's timestamps only correct the
// count.
#pragma once

#include <invigil/time.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace invigil::capture {

/// Finds the time of a device's first sample. Sound servers report their latency wrongly for up to a second
/// (measured with PulseAudio: 640-720 ms), so the first second only counts with its end.
class Anchor {
 public:
  /// A run of sound of this length that began at `time` by the device's account.
  void add(Timestamp time, Duration length);
  static constexpr Duration settling = std::chrono::seconds{1};
  [[nodiscard]] bool settled() const { return length_ >= settling; }
  /// When the very first sample was heard: the median of what the second half says.
  [[nodiscard]] Timestamp start() const;

 private:
  Duration length_{};
  std::vector<Timestamp> starts_;
};

/// Watches how far the device's timestamps run away from the count of its samples.
class Drift {
 public:
  struct Correction {
    Duration by{};
    bool torn = false;  ///< Samples were lost: the count is to be set anew instead of being led there.
  };
  /// Beyond this it is a tear.
  static constexpr Duration tear = std::chrono::milliseconds{100};
  /// One difference a block. Every 520 blocks (10.4 s of 20 ms), and 50 blocks after a tear began, gives what
  /// to correct when that is over 1 ms: the median of the last 50 and, unless it is a tear, what the device's
  /// clock is known to run off until the next time. So a clock that is off by a constant is followed without
  /// a lasting difference. One that is off by far, which would come to a tear within 10 s, is corrected after
  /// 200 blocks already.
  [[nodiscard]] std::optional<Correction> measure(Duration difference);

 private:
  void begin_anew();
  [[nodiscard]] bool runs_away(Duration error) const;
  [[nodiscard]] std::optional<Correction> correct(Duration error);

  std::vector<Duration> recent_;
  Duration pace_{};              ///< What the clock runs off in 520 blocks, as far as is known.
  Duration ahead_{};             ///< How much of it the last correction counted in before it is so.
  Duration first_{}, second_{};  ///< The first medians.
  int count_ = 0;                ///< Since the last correction,
  bool young_ = true;            ///< or since the beginning or a tear.
};

}  // namespace invigil::capture
