// What the pose of a head is evidence of.
#pragma once

#include "behaviour/baseline.hpp"
#include "behaviour/raiser.hpp"

#include <invigil/observation.hpp>

namespace invigil::behaviour {

[[nodiscard]] RaiserOptions head_away_options(Duration longer_than);

/// How far the head is turned from where this candidate usually has it.
class HeadAway {
 public:
  /// `pose`: of the only face, where that is known. `quality`: of what is said about people.
  [[nodiscard]] Evidence look(const HeadPose* pose, Timestamp time, double quality);

 private:
  Baseline yaw_;
  Baseline pitch_;
};

}  // namespace invigil::behaviour
