// Flags from synthetic observations: feed -> stage -> vector.
#include "behaviour/hysteresis.hpp"
#include "support.hpp"

#include <invigil/error.hpp>
#include <invigil/flag_events.hpp>
#include <invigil/flag_pictures.hpp>
#include <invigil/order_events.hpp>
#include <invigil/raise.hpp>
#include <invigil/score.hpp>

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace invigil;
using namespace std::chrono_literals;

constexpr double rate = 5;

Faces faces_at(double t, int n, float quality = 1) {
  Faces faces{from_seconds(t), {}, quality};
  for (int i = 0; i < n; ++i) faces.faces.push_back({{100.F * float(i), 50, 80, 80}, 0.95F, {}});
  return faces;
}

PictureObservation picture_at(double t, int n, PictureState state = PictureState::ok, float quality = 1) {
  PictureObservation seen;
  seen.time = from_seconds(t);
  seen.faces = faces_at(t, n, state == PictureState::ok || state == PictureState::frozen ? quality : 0);
  seen.picture.time = seen.time;
  seen.picture.state = state;
  seen.picture.sharpness = 100;
  return seen;
}

template <class T>
std::vector<T> sequence(double duration, const std::function<T(double)>& at) {
  std::vector<T> all;
  for (int i = 0; i < duration * rate; ++i) all.push_back(at(i / rate));
  return all;
}

std::vector<Flag> absences(double duration, const std::function<int(double)>& count,
                           Duration longer_than = 3s) {
  FlagAbsence stage{{.longer_than = longer_than}};
  return run_stage(stage, sequence<Faces>(duration, [&](double t) { return faces_at(t, count(t)); }));
}

std::vector<Flag> flags_of(double duration, const std::function<PictureObservation(double)>& at,
                           const Policy& policy = {}) {
  FlagPictures stage{policy};
  return run_stage(stage, sequence<PictureObservation>(duration, at));
}

bool between(double t, double least, double most) { return t >= least && t < most; }

std::map<std::string, int> count_names(const std::vector<Flag>& flags) {
  std::map<std::string, int> names;
  for (const auto& flag : flags) ++names[flag.what];
  return names;
}

/// Nothing that comes out ends before what the stage had promised.
template <class Stage>
void check_horizon(Stage& stage, std::vector<typename Stage::input_type> items) {
  Timestamp promised = Timestamp::min();
  int out = 0;
  const Emit<Flag> emit = [&](const Flag& flag) {
    CHECK(flag.end >= promised);
    ++out;
  };
  for (auto& item : items) {
    const auto time = item.time;
    stage.process(std::move(item), emit);
    promised = std::max(promised, stage.horizon(time));
  }
  stage.finish(emit);
  CHECK(out > 0);
}

}  // namespace

TEST_CASE("away for ten seconds is one flag, with its times and a sentence") {
  const auto flags = absences(30, [](double t) { return between(t, 10, 20) ? 0 : 1; });
  REQUIRE(flags.size() == 1);
  const auto& flag = flags[0];
  CHECK(flag.what == "face_absent");
  CHECK(flag.kind == FlagKind::behaviour);
  CHECK(seconds(flag.begin) == doctest::Approx(10));
  CHECK(seconds(flag.end) == doctest::Approx(20));
  CHECK(seconds(flag.evidence_begin) == doctest::Approx(5));
  CHECK(seconds(flag.evidence_end) == doctest::Approx(25));
  CHECK(flag.because == "no face for 10.0 s (policy: 3 s)");
  CHECK(flag.confidence > 0.9);
  CHECK(flag.confidence < 1);
  CHECK(flag.count == 1);
}

TEST_CASE("the policy's seconds decide only whether a flag is raised") {
  const auto away = [](double t) { return between(t, 10, 12.4) ? 0 : 1; };
  CHECK(absences(30, away).empty());
  const auto flags = absences(30, away, 2s);
  REQUIRE(flags.size() == 1);
  CHECK(seconds(flags[0].begin) == doctest::Approx(10));
  CHECK(seconds(flags[0].end) == doctest::Approx(12.4));
}

TEST_CASE("a detector that flickers raises nothing") {
  CHECK(absences(
            60, [](double t) { return static_cast<int>(t * rate + 0.5) % 2; }, 1s)
            .empty());
  CHECK(absences(
            60, [](double t) { return static_cast<int>(t * rate + 0.5) % 3 ? 1 : 0; }, 1s)
            .empty());
}

TEST_CASE("an absence with a single false face in it is one flag") {
  const auto flags = absences(30, [](double t) { return between(t, 10, 20) && t != 15.0 ? 0 : 1; });
  REQUIRE(flags.size() == 1);
  CHECK(seconds(flags[0].begin) == doctest::Approx(10));
  CHECK(seconds(flags[0].end) == doctest::Approx(20));
}

TEST_CASE("an absence at the very begin and at the very end") {
  const auto flags = absences(30, [](double t) { return between(t, 5, 25) ? 1 : 0; });
  REQUIRE(flags.size() == 2);
  CHECK(seconds(flags[0].begin) == 0);
  CHECK(seconds(flags[0].end) == doctest::Approx(5));
  CHECK(seconds(flags[0].evidence_begin) == 0);
  CHECK(seconds(flags[1].begin) == doctest::Approx(25));
  CHECK(seconds(flags[1].end) == doctest::Approx(30));
  CHECK(seconds(flags[1].evidence_end) == doctest::Approx(30));
}

TEST_CASE("repeated short absences become one flag with a count, distant ones stay apart") {
  const auto repeated = [](double t) { return t > 10 && t < 28 && std::fmod(t - 10, 6) < 4.2 ? 0 : 1; };
  const auto flags = absences(60, repeated);
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].count == 3);
  CHECK(flags[0].because.find("no face 3 times, ") == 0);
  const auto apart = absences(60, [](double t) { return between(t, 10, 14) || between(t, 30, 34) ? 0 : 1; });
  CHECK(apart.size() == 2);
}

TEST_CASE("what is not seen is not claimed") {
  SUBCASE("pictures of quality 0") {
    FlagAbsence stage;
    CHECK(run_stage(stage, sequence<Faces>(30, [](double t) { return faces_at(t, 0, 0); })).empty());
  }
  SUBCASE("pictures that are missing") {
    FlagAbsence stage;
    auto items = sequence<Faces>(40, [](double t) { return faces_at(t, between(t, 10, 30) ? 0 : 1); });
    std::erase_if(items,
                  [](const Faces& f) { return f.time > from_seconds(12) && f.time < from_seconds(29); });
    CHECK(run_stage(stage, items).empty());
  }
  SUBCASE("a picture alone") {
    FlagAbsence stage;
    CHECK(run_stage(stage, {faces_at(0, 0)}).empty());
  }
  SUBCASE("nothing at all") {
    FlagAbsence stage;
    CHECK(run_stage(stage, {}).empty());
  }
}

TEST_CASE("the rate of the pictures does not matter") {
  for (const double fps : {1.0, 2.0, 5.0, 30.0, 120.0}) {
    std::vector<Faces> items;
    for (int i = 0; i < 30 * fps; ++i) items.push_back(faces_at(i / fps, between(i / fps, 10, 20) ? 0 : 1));
    FlagAbsence stage;
    const auto flags = run_stage(stage, items);
    CAPTURE(fps);
    REQUIRE(flags.size() == 1);
    CHECK(seconds(flags[0].begin) == doctest::Approx(10));
    CHECK(seconds(flags[0].end) == doctest::Approx(20));
  }
}

TEST_CASE("dark while absent raises no behaviour flag") {
  const auto flags = flags_of(40, [](double t) {
    return between(t, 10, 30) ? picture_at(t, 0, PictureState::dark) : picture_at(t, 1);
  });
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "low_light");
  CHECK(flags[0].kind == FlagKind::technical);
  CHECK(flags[0].because == "too dark to see for 20.0 s (policy: 3 s)");
}

TEST_CASE("a covered camera is that, and says nothing about the candidate") {
  const auto flags = flags_of(40, [](double t) {
    return between(t, 10, 30) ? picture_at(t, 0, PictureState::covered) : picture_at(t, 1);
  });
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "camera_covered");
  CHECK(flags[0].kind == FlagKind::behaviour);
  CHECK(seconds(flags[0].begin) == doctest::Approx(10));
  CHECK(seconds(flags[0].end) == doctest::Approx(30));
}

TEST_CASE("a frozen picture with a face in it, dated back to when it stopped") {
  // The state is known only after two seconds of standing still.
  const auto flags = flags_of(40, [](double t) {
    return picture_at(t, 1, between(t, 12, 30) ? PictureState::frozen : PictureState::ok);
  });
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "camera_frozen");
  CHECK(seconds(flags[0].begin) == doctest::Approx(10));
  CHECK(seconds(flags[0].end) == doctest::Approx(30));
}

TEST_CASE("a keyframe in a frozen picture does not make it two") {
  const auto flags = flags_of(40, [](double t) {
    return picture_at(t, 1,
                      between(t, 12, 20) || between(t, 22.2, 30) ? PictureState::frozen : PictureState::ok);
  });
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].count == 1);
  CHECK(flags[0].because == "the picture stood still, with a face in it, for 20.0 s (policy: 3 s)");
}

TEST_CASE("an empty room that stands still is an absence, not a frozen camera") {
  const auto flags = flags_of(40, [](double t) {
    if (!between(t, 10, 30)) return picture_at(t, 1);
    return picture_at(t, 0, t >= 12 ? PictureState::frozen : PictureState::ok);
  });
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "face_absent");
  CHECK(seconds(flags[0].end - flags[0].begin) == doctest::Approx(20));
}

TEST_CASE("a second person") {
  const auto flags = flags_of(30, [](double t) { return picture_at(t, between(t, 10, 15) ? 2 : 1); });
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "multiple_faces");
  CHECK(flags[0].because == "more than one face for 5.0 s (policy: 1 s)");
  CHECK(flags[0].confidence == doctest::Approx(0.95));
}

TEST_CASE("the fallback's blindness is technical") {
  const auto flags = flags_of(30, [](double t) {
    return picture_at(t, between(t, 10, 20) ? 0 : 1, PictureState::ok, fallback_quality);
  });
  auto names = count_names(flags);
  CHECK(names == std::map<std::string, int>{{"face_absent", 1}, {"detector_unsure", 1}});
  for (const auto& flag : flags) CHECK(flag.kind == FlagKind::technical);
  CHECK(flags[0].because == "no face for 10.0 s (policy: 3 s); the detector cannot see well here");
}

TEST_CASE("a policy switches flags off and raises the confidence") {
  Policy policy;
  policy.flags["face_absent"].enabled = false;
  const auto away = [](double t) { return picture_at(t, between(t, 10, 20) ? 0 : 1); };
  CHECK(flags_of(30, away, policy).empty());
  policy = {};
  policy.accommodations = {{"face_absent", false, 4, "rests"}};
  CHECK(flags_of(30, away, policy).empty());
  policy = {};
  policy.face_confidence = 0.97;  // no face here is that sure
  const auto flags = flags_of(
      30, [](double t) { return picture_at(t, 1); }, policy);
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "face_absent");
}

TEST_CASE("speech in bursts") {
  std::vector<Speech> heard;
  for (int i = 0; i < 1000; ++i) {
    const double t = i * 0.032;
    const bool talking = between(t, 5, 6.5) || between(t, 7.5, 9) || between(t, 20, 20.2);
    heard.push_back({from_seconds(t), talking ? 0.95F : 0.02F, -40, -40});
  }
  FlagSpeech stage;
  const auto flags = run_stage(stage, heard);
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "speech");
  CHECK(flags[0].count == 2);
  CHECK(seconds(flags[0].begin) == doctest::Approx(5).epsilon(0.01));
  CHECK(seconds(flags[0].end) == doctest::Approx(9).epsilon(0.01));
  CHECK(flags[0].because == "speech 2 times, 3.0 s in all (policy: 0.5 s)");
}

TEST_CASE("without a model nothing is said about speech") {
  std::vector<Speech> heard;
  for (int i = 0; i < 300; ++i) heard.push_back({from_seconds(i * 0.032), -1, -20, -20});
  FlagSpeech stage;
  CHECK(run_stage(stage, heard).empty());
}

TEST_CASE("events of the platform become flags of the same name") {
  FlagEvents stage;
  const auto flags = run_stage(stage, {{from_seconds(2), "paste", {}},
                                       {from_seconds(10), "focus_lost", 3s},
                                       {from_seconds(20), "network_lost", 1s},
                                       {from_seconds(30), "calculator_opened", {}},
                                       {from_seconds(40), "screen_not_shared", 1s},
                                       {from_seconds(50), "long_idle", {}}});
  REQUIRE(flags.size() == 5);
  CHECK(flags[0].what == "paste");
  CHECK(flags[0].kind == FlagKind::behaviour);
  CHECK(flags[0].begin == flags[0].end);
  CHECK(flags[0].evidence_begin == from_seconds(0));
  CHECK(flags[0].because == "the exam page reported \"paste\"");
  CHECK(flags[1].end == from_seconds(13));
  CHECK(flags[1].because == "the exam page reported \"focus lost\" for 3.0 s");
  CHECK(flags[2].kind == FlagKind::technical);
  CHECK(flags[3].kind == FlagKind::milestone);
  CHECK(flags[4].what == "long_idle");

  Policy policy;
  policy.flags["paste"].enabled = false;
  FlagEvents muted{policy};
  CHECK(run_stage(muted, {{from_seconds(2), "paste", {}}}).empty());
}

TEST_CASE("events that come up to two seconds late are put in order, and none is lost") {
  const auto at = [](double t) { return PlatformEvent{from_seconds(t), "paste", {}}; };
  const auto times = [](const std::vector<PlatformEvent>& events) {
    std::vector<double> all;
    for (const auto& event : events) all.push_back(seconds(event.time));
    return all;
  };
  OrderEvents order;
  CHECK(times(run_stage(order, {at(1), at(3), at(2), at(1.5), at(9), at(8), at(7.5)})) ==
        std::vector<double>{1, 1.5, 2, 3, 7.5, 8, 9});
  OrderEvents late;
  CHECK(times(run_stage(late, {at(5), at(9), at(1), at(10)})) == std::vector<double>{5, 1, 9, 10});
  OrderEvents live;
  std::vector<PlatformEvent> out;
  const Emit<PlatformEvent> emit = [&](PlatformEvent event) { out.push_back(std::move(event)); };
  live.process(at(2), emit);
  live.process(at(1), emit);
  CHECK(out.empty());
  CHECK(live.horizon(from_seconds(2)) == from_seconds(1));
  live.flush(emit);
  CHECK(times(out) == std::vector<double>{1, 2});
  CHECK(live.horizon(from_seconds(2)) == from_seconds(2));
  CHECK_THROWS_AS((OrderEvents{{.within = -1s}}), Error);
}

TEST_CASE("every event of the manual gives its flag") {
  FlagEvents stage;
  for (const auto* name : {"focus_lost", "fullscreen_left", "copy", "paste", "window_resized", "navigation",
                           "screen_not_shared", "display_added", "typing_anomaly", "long_idle"}) {
    CAPTURE(name);
    std::vector<Flag> flags;
    stage.process({from_seconds(100), name, 90s}, [&](Flag flag) { flags.push_back(std::move(flag)); });
    REQUIRE(flags.size() == 1);
    CHECK(flags[0].what == name);
    CHECK(flags[0].kind == FlagKind::behaviour);
    CHECK(flags[0].end == from_seconds(190));
    CHECK(score(flags).because.size() == 1);
  }
}

TEST_CASE("no flag ends before the horizon that was promised") {
  const auto states = [](double t) {
    if (between(t, 40, 50)) return picture_at(t, 0, PictureState::covered);
    if (between(t, 60, 66)) return picture_at(t, 2);
    if (between(t, 70, 80)) return picture_at(t, 1, PictureState::frozen);
    return picture_at(t, std::fmod(t, 7) < 4 ? 0 : 1);
  };
  FlagPictures pictures;
  check_horizon(pictures, sequence<PictureObservation>(100, states));
  FlagAbsence absence{{.longer_than = 1s}};
  check_horizon(absence,
                sequence<Faces>(100, [](double t) { return faces_at(t, std::fmod(t, 7) < 3 ? 0 : 1); }));
}

TEST_CASE("the same pictures give the same flags, byte for byte") {
  const auto once = [] {
    std::string text;
    for (const auto& flag :
         flags_of(100, [](double t) { return picture_at(t, static_cast<int>(t / 5) % 3); }))
      text += to_json(flag) + "\n";
    return text;
  };
  CHECK(once() == once());
  CHECK(once().size() > 100);
}

TEST_CASE("negative durations are refused") {
  CHECK_THROWS_AS(FlagAbsence({.longer_than = -1s}), Error);
  CHECK_THROWS_AS(FlagSpeech({.longer_than = -1s}), Error);
}
