// What the direction of the eyes is evidence of.
#pragma once

#include "behaviour/baseline.hpp"
#include "behaviour/raiser.hpp"

#include <invigil/observation.hpp>

#include <optional>

namespace invigil::behaviour {

[[nodiscard]] RaiserOptions gaze_away_options(Duration longer_than);

/// How far the eyes look from where this candidate usually looks, to either side, while the head is not
/// turned: eyes that stay on the screen while the head turns are not away.
class GazeAway {
 public:
  GazeAway();
  /// Whether the eyes are seen well enough from there.
  [[nodiscard]] static bool tells(const HeadPose& pose);
  /// `gaze` and `pose`: of the only face, where they are known. `quality`: of what is said about people.
  [[nodiscard]] Evidence look(std::optional<float> gaze, const HeadPose* pose, Timestamp time,
                              double quality);

 private:
  Baseline direction_;
  std::optional<Timestamp> learnt_at_;
};

}  // namespace invigil::behaviour
