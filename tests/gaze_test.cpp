// Gaze: on a real clip whose eyes move, and as a flag.
#include "environment.hpp"
#include "pictures.hpp"
#include "support.hpp"

#include <invigil/error.hpp>
#include <invigil/flag_pictures.hpp>
#include <invigil/gaze.hpp>
#include <invigil/observation.hpp>

#include <cmath>
#include <functional>
#include <variant>
#include <vector>

namespace {

using namespace invigil;
using namespace std::chrono_literals;

using Eyes = std::function<std::optional<float>(double t)>;

/// A candidate whose eyes are looked at once a second, twice from `doubt` on.
std::vector<Flag> flags_of(double length, const Eyes& eyes, const std::function<float(double)>& yaw = {},
                           const Policy& policy = {}) {
  FlagPictures stage{policy};
  std::vector<PictureObservation> all;
  for (int i = 0; i < length * 5; ++i) {
    const double t = i / 5.0;
    PictureObservation seen;
    seen.time = seen.faces.time = seen.picture.time = from_seconds(t);
    seen.picture.sharpness = 100;
    const float sway = 0.01F * static_cast<float>(std::sin(t * 1.7));
    seen.faces.faces.push_back({{500, 200, 200, 250}, 0.95F, HeadPose{yaw ? yaw(t) : 0, -5, 0}});
    const auto gaze = i % 5 == 0 ? eyes(t) : std::nullopt;
    if (gaze) seen.faces.faces[0].gaze = *gaze + sway;
    all.push_back(std::move(seen));
  }
  return run_stage(stage, std::move(all));
}

bool between(double t, double least, double most) { return t >= least && t < most; }

}  // namespace

TEST_CASE("the eyes of a real clip are followed, and flagged while they look aside") {
  const auto data = test::test_data("gaze");
  const auto folder = test::models("gaze");
  if (!data || !folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  const auto clip = test::frames_of(*data / "behaviour/videos/ProctoringAI__center_left_center.mp4", 15s);
  FindGaze find;
  CHECK(find.detector() == "iris");
  int straight = 0, aside = 0;
  for (const auto& seen : run_stage(find, clip)) {
    if (seen.faces.empty() || !seen.faces[0].gaze) continue;
    const double t = seconds(seen.time);
    const float gaze = *seen.faces[0].gaze;
    if (t < 5.2 || t > 11) {  // labelled: centre
      CHECK(std::abs(gaze) < 0.06F);
      ++straight;
    } else if (between(t, 5.8, 9.8)) {  // labelled: to the picture's left
      CHECK(gaze < -0.07F);
      ++aside;
    }
  }
  CHECK(straight >= 12);
  CHECK(aside >= 6);
}

TEST_CASE("eyes that look aside are flagged with their times, the candidate's own direction is not") {
  const auto flags = flags_of(120, [](double t) { return between(t, 80, 88) ? 0.2F : 0.08F; });
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "gaze_away");
  CHECK(flags[0].kind == FlagKind::behaviour);
  CHECK(std::abs(seconds(flags[0].begin) - 80) <= 1);
  CHECK(std::abs(seconds(flags[0].end) - 88) <= 1);
  CHECK(flags[0].because.starts_with("the eyes looked to one side of their usual direction for 8.0 s"));
}

TEST_CASE(
    "glances, reading across a screen, and eyes that follow the screen while the head turns are not away") {
  CHECK(flags_of(180, [](double t) { return std::fmod(t, 12) < 1.5 ? 0.2F : 0.0F; }).empty());
  CHECK(flags_of(180, [](double t) { return 0.06F * static_cast<float>(std::sin(t)); }).empty());
  const auto head = [](double t) { return between(t, 80, 95) ? 15.0F : 0.0F; };  // to the picture's left
  CHECK(flags_of(
            120, [&](double t) { return 0.007F * head(t); }, head)
            .empty());  // eyes to the right
}

TEST_CASE("eyes that cannot be seen are not held against anybody") {
  CHECK(flags_of(120, [](double t) { return t > 70 ? std::nullopt : std::optional{0.0F}; }).empty());
  const auto profile = [](double t) { return between(t, 80, 82) ? 40.0F : 0.0F; };
  CHECK(flags_of(
            120, [](double t) { return between(t, 80, 82) ? 0.3F : 0.0F; }, profile)
            .empty());
  Policy policy;
  policy.flags["gaze_away"].enabled = false;
  CHECK(flags_of(
            120, [](double t) { return between(t, 80, 88) ? 0.2F : 0.0F; }, {}, policy)
            .empty());
}

TEST_CASE("a gaze is kept and read back") {
  PictureObservation seen;
  seen.faces.faces.push_back({{1, 2, 3, 4}, 0.95F, HeadPose{1, 2, 3}, -0.12F});
  const auto text = to_json(Observation{seen});
  CHECK(text.find("\"gaze\":-0.12") != std::string::npos);
  const auto back = std::get<PictureObservation>(parse_observation(text));
  CHECK(back.faces.faces[0].gaze == -0.12F);
}

TEST_CASE("without its model there is no gaze, and that is said") {
  const test::TemporaryFolder empty;
  const test::Environment models{"INVIGIL_MODELS", empty.path().string()};
  const test::Environment data{"XDG_DATA_HOME", empty.path().string()};
  FindGaze find;
  CHECK(find.detector() == "none");
  CHECK(run_stage(find, {test::frame_of(Image{64, 48})}).size() == 1);
  CHECK_THROWS_AS(FindGaze({.rate = -1}), Error);
  CHECK_THROWS_AS(FindGaze({.confidence = 2}), Error);
}
