// Flags of what is seen of the candidate and around: from synthetic observations, and from cut real clips.
#include "support.hpp"

#include <invigil/flag_pictures.hpp>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace {

using namespace invigil;
using namespace std::chrono_literals;

constexpr double rate = 5;

PictureObservation picture_at(double t) {
  PictureObservation seen;
  seen.time = from_seconds(t);
  seen.faces.time = seen.picture.time = seen.time;
  seen.faces.faces.push_back({{500, 200, 200, 250}, 0.95F, HeadPose{}});
  return seen;
}

using Change = std::function<void(PictureObservation&, double t)>;

std::vector<Flag> flags_of(double duration, const Change& change, const Policy& policy = {}) {
  FlagPictures stage{policy};
  std::vector<PictureObservation> all;
  for (int i = 0; i < duration * rate; ++i) {
    all.push_back(picture_at(i / rate));
    change(all.back(), i / rate);
  }
  return run_stage(stage, std::move(all));
}

bool between(double t, double least, double most) { return t >= least && t < most; }

/// A head that is never quite still, around a direction.
HeadPose pose(double yaw, double pitch, double t) {
  const double sway = std::sin(t * 1.7) * 2 + std::sin(t * 5.3);
  return {static_cast<float>(yaw + sway), static_cast<float>(pitch - sway / 2), 0};
}

Change head(const std::function<double(double)>& yaw) {
  return [=](PictureObservation& seen, double t) { seen.faces.faces[0].pose = pose(yaw(t), -5, t); };
}

}  // namespace

TEST_CASE("a head turned away is flagged, with its times") {
  for (const double at : {8.0, 100.0}) {  // while the baseline is learnt, and after
    const auto flags = flags_of(at + 30, head([=](double t) { return between(t, at, at + 6) ? 40.0 : 0.0; }));
    REQUIRE(flags.size() == 1);
    CHECK(flags[0].what == "head_away");
    CHECK(flags[0].kind == FlagKind::behaviour);
    CHECK(seconds(flags[0].begin) == doctest::Approx(at));
    CHECK(seconds(flags[0].end) == doctest::Approx(at + 6));
    CHECK(flags[0].because == "the head was turned away from its usual direction for 6.0 s (policy: 3 s)");
  }
}

TEST_CASE("down counts as away as well") {
  const auto flags = flags_of(120, [](PictureObservation& seen, double t) {
    seen.faces.faces[0].pose = pose(0, between(t, 80, 90) ? -45 : -5, t);
  });
  REQUIRE(flags.size() == 1);
  CHECK(seconds(flags[0].end - flags[0].begin) == doctest::Approx(10));
}

TEST_CASE("away is measured from the candidate's own direction, not from the camera's") {
  // A camera at the side: 30 degrees all the time are usual, looking into the camera is not.
  CHECK(flags_of(180, head([](double) { return 30.0; })).empty());
  const auto flags = flags_of(180, head([](double t) { return between(t, 120, 130) ? -10.0 : 30.0; }));
  REQUIRE(flags.size() == 1);
  CHECK(seconds(flags[0].begin) == doctest::Approx(120));
}

TEST_CASE("glances, a restless head and a slow drift within reach are not away") {
  CHECK(flags_of(300, head([](double t) { return std::fmod(t, 9) < 1.6 ? 45.0 : 0.0; })).empty());
  CHECK(flags_of(300, head([](double t) { return 18 * std::sin(t / 3); })).empty());
}

TEST_CASE("where no pose is known nothing is said of the head") {
  const auto away = [](PictureObservation& seen, double t) {
    seen.faces.faces[0].pose = pose(between(t, 30, 40) ? 60 : 0, 0, t);
    if (!between(t, 30, 40)) return;
    if (t < 35) {
      seen.picture.state = PictureState::dark;
      seen.faces.quality = 0;
    } else {
      seen.faces.faces[0].pose.reset();
    }
  };
  for (const auto& flag : flags_of(60, away)) CHECK(flag.what != "head_away");
  for (const auto& flag : flags_of(60, [](PictureObservation&seen, double t) {
         seen.faces.faces[0].pose = pose(between(t, 30, 40) ? 60 : 0, 0, t);
         if (between(t, 30, 40)) seen.faces.faces.push_back(seen.faces.faces[0]);  // whose head?
       }))
    CHECK(flag.what != "head_away");
}

TEST_CASE("a policy switches head_away off") {
  Policy policy;
  policy.flags["head_away"].enabled = false;
  CHECK(flags_of(60, head([](double t) { return between(t, 20, 40) ? 60.0 : 0.0; }), policy).empty());
}
