// From evidence to one kind of flag: hysteresis, the policy's seconds, merging, and a sentence.
#pragma once

#include "behaviour/hysteresis.hpp"

#include <invigil/flag.hpp>
#include <invigil/stream.hpp>

#include <functional>
#include <optional>
#include <string>

namespace invigil::behaviour {

/// What a sentence is made of.
struct Sighting {
  Timestamp begin{};
  Timestamp end{};
  Duration in_all{};  ///< Without the pauses between merged stretches.
  int count = 1;
  double confidence = 0;
  double quality = 0;
  /// The detector could not see well: technical, whatever the flag.
  [[nodiscard]] bool unsure() const { return quality < sure; }
  static constexpr double sure = 0.75;
};

struct RaiserOptions {
  std::string what;
  FlagKind kind = FlagKind::behaviour;
  /// The policy's: shorter stretches are not flagged.
  Duration longer_than{};
  /// The detector speaks of a stretch of this length before the sample; subtracted from the begin.
  Duration window{};
  Duration time_constant = std::chrono::milliseconds{300};
  /// Stretches that are no further apart become one flag, up to a minute.
  Duration merge_within = std::chrono::seconds{2};
  /// A flag whose evidence has too low a quality becomes technical. Default: false.
  bool technical_when_unsure = false;
  /// Without the policy's seconds, which are added. E.g. "no face".
  std::function<std::string(const Sighting&)> because;
};

/// Holds a flag back until its evidence clip (5 s more on either side) is complete.
class Raiser {
 public:
  explicit Raiser(RaiserOptions options);

  void add(const Evidence& sample, const Emit<Flag>& emit);
  void finish(const Emit<Flag>& emit);
  /// The smoothed evidence now, in [0, 1].
  [[nodiscard]] double evidence() const { return hysteresis_.evidence(); }
  /// No flag still to come ends before, given that time has reached `seen`.
  [[nodiscard]] Timestamp horizon(Timestamp seen) const;

 private:
  void take(const Stretch& stretch, const Emit<Flag>& emit);
  [[nodiscard]] bool joins(const Stretch& stretch) const;
  [[nodiscard]] bool may_still_grow(Timestamp now) const;
  void release(Timestamp session_end, const Emit<Flag>& emit);
  [[nodiscard]] Flag to_flag(const Sighting& seen, Timestamp session_end) const;

  RaiserOptions options_;
  Hysteresis hysteresis_;
  std::optional<Timestamp> first_;
  std::optional<Sighting> held_;
};

/// "no face for 3.3 s", or "no face 4 times, 12.5 s in all".
[[nodiscard]] std::string how_long(std::string_view what, const Sighting& seen);

}  // namespace invigil::behaviour
