#include "behaviour/head_evidence.hpp"

#include <cmath>

namespace invigil::behaviour {

namespace {

// Away is as likely as not at 3.5 spreads: 21 to 35 degrees, beyond the edge of a screen at arm's length from
// where the candidate looks most (a 27-inch screen is 60 cm wide: 27 degrees to either side).
constexpr double even = 3.5, steepness = 2.5;

}  // namespace

RaiserOptions head_away_options(Duration longer_than) {
  RaiserOptions options;
  options.what = "head_away";
  options.longer_than = longer_than;
  options.because = [](const Sighting& seen) {
    return how_long("the head was turned away from its usual direction", seen);
  };
  return options;
}

Evidence HeadAway::look(const HeadPose* pose, Timestamp time, double quality) {
  if (!pose || quality <= 0) return {time, 0, 0};
  if (quality >= Sighting::sure) {
    yaw_.add(double{pose->yaw}, time);
    pitch_.add(double{pose->pitch}, time);
  }
  const double z = std::hypot(yaw_.deviation(double{pose->yaw}), pitch_.deviation(double{pose->pitch}));
  return {time, 1 / (1 + std::exp(-steepness * (z - even))), std::min(quality, yaw_.quality())};
}

}  // namespace invigil::behaviour
