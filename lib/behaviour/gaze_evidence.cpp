#include "behaviour/gaze_evidence.hpp"

#include <chrono>
#include <cmath>

namespace invigil::behaviour {

namespace {

/// The further eye is foreshortened beyond, and the iris that is told there wanders.
constexpr double largest_yaw = 20;
/// An eyeball of 12 mm behind a lid of 30 mm: the iris moves 0.4 sin(angle) widths of the eye, 0.007 a
/// degree.
constexpr double eye_widths_per_degree = 0.007;
/// Looks come closer together while the eyes may be away, which must not make that the usual.
constexpr Duration learns_every = std::chrono::milliseconds{950};
// In widths of an eye. Somebody who looks at one place has 0.02 to 0.04, who reads across a screen up to
// 0.06.
constexpr BaselineOptions usual{.usual_spread = 0.035, .least_spread = 0.03, .most_spread = 0.05};
// Away is as likely as not at 2.5 spreads: 11 to 18 degrees from where the candidate looks most.
constexpr double even = 2.5, steepness = 4;

}  // namespace

RaiserOptions gaze_away_options(Duration longer_than) {
  RaiserOptions options;
  options.what = "gaze_away";
  options.longer_than = longer_than;
  options.because = [](const Sighting& seen) {
    return how_long("the eyes looked to one side of their usual direction", seen);
  };
  return options;
}

GazeAway::GazeAway() : direction_(usual) {}

bool GazeAway::tells(const HeadPose& pose) { return std::abs(pose.yaw) <= largest_yaw; }

Evidence GazeAway::look(std::optional<float> gaze, const HeadPose* pose, Timestamp time, double quality) {
  if (!gaze || !pose || !tells(*pose) || quality <= 0) return {time, 0, 0, {}};
  const double direction = double{*gaze} - eye_widths_per_degree * double{pose->yaw};
  if (quality >= Sighting::sure && (!learnt_at_ || time - *learnt_at_ >= learns_every)) {
    direction_.add(direction, time);
    learnt_at_ = time;
  }
  const double z = std::abs(direction_.deviation(direction));
  return {time, 1 / (1 + std::exp(-steepness * (z - even))), std::min(quality, direction_.quality()), {}};
}

}  // namespace invigil::behaviour
