// Flags of what is seen of the candidate and around: from synthetic observations, and from cut real clips.
#include "environment.hpp"
#include "pictures.hpp"
#include "support.hpp"

#include <invigil/behaviour.hpp>
#include <invigil/error.hpp>
#include <invigil/flag_pictures.hpp>
#include <invigil/objects.hpp>
#include <invigil/person.hpp>
#include <invigil/repetition.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using namespace invigil;
using namespace std::chrono_literals;

constexpr double rate = 5;

PictureObservation picture_at(double t) {
  PictureObservation seen;
  seen.time = from_seconds(t);
  seen.faces.time = seen.picture.time = seen.time;
  seen.faces.faces.push_back({{500, 200, 200, 250}, 0.95F, HeadPose{}});
  seen.picture.sharpness = 100;
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

namespace {

/// Looks through every tenth picture, as in an exam.
Change thing(const std::string& label, const std::function<bool(double)>& there, float y = 600) {
  return [=](PictureObservation& seen, double t) {
    seen.objects_looked = static_cast<int>(std::lround(t * rate)) % 10 == 0;
    if (seen.objects_looked && there(t)) seen.objects.push_back({label, {300, y, 80, 60}, 0.5F});
  };
}

}  // namespace

TEST_CASE("a thing that is seen in two of three looks is flagged from the first on") {
  for (const auto& [label, what] :
       {std::pair{"phone", "phone"}, {"book", "book"}, {"laptop", "second_screen_device"}}) {
    const auto flags = flags_of(60, thing(label, [](double t) { return between(t, 20, 30) && t != 24; }));
    REQUIRE(flags.size() == 1);
    CHECK(flags[0].what == what);
    CHECK(flags[0].kind == FlagKind::behaviour);
    CHECK(seconds(flags[0].begin) == doctest::Approx(20));
    CHECK(seconds(flags[0].end) == doctest::Approx(30));
  }
  CHECK(flags_of(60, thing("person", [](double t) { return t > 20; })).empty());
}

TEST_CASE("a thing that is seen once, or now and then, is none") {
  CHECK(flags_of(60, thing("phone", [](double t) { return t == 20; })).empty());
  CHECK(flags_of(60, thing("phone", [](double t) { return std::fmod(t, 6) == 0; })).empty());
}

TEST_CASE("what stands on a shelf above the face is no book on the desk") {
  CHECK(flags_of(60, thing(
                         "book", [](double t) { return t > 20; }, 40))
            .empty());
}

TEST_CASE("a thing before a covered camera or at the very end") {
  const auto flags = flags_of(60, thing("phone", [](double t) { return t >= 50; }));
  REQUIRE(flags.size() == 1);
  CHECK(seconds(flags[0].begin) == doctest::Approx(50));
  const auto phone = thing("phone", [](double t) { return t >= 20; });
  for (const auto& flag : flags_of(60, [&](PictureObservation&seen, double t) {
         phone(seen, t);
         seen.picture.state = PictureState::covered;
       }))
    CHECK(flag.what != "phone");
}

TEST_CASE("another person is flagged from the first comparison on") {
  const auto flags = flags_of(90, [](PictureObservation& seen, double t) {
    const bool other = between(t, 40, 60);
    if (static_cast<int>(std::lround(t * rate)) % (other ? 2 : 25) == 0) seen.likeness = other ? 0.1F : 0.8F;
  });
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "other_person");
  CHECK(seconds(flags[0].begin) == doctest::Approx(40));
  CHECK(seconds(flags[0].end) == doctest::Approx(60));
  CHECK(flags[0].confidence > 0.9);
}

TEST_CASE("where another person's head points says nothing about the candidate's habits") {
  const auto flags = flags_of(90, [](PictureObservation& seen, double t) {
    const bool other = between(t, 40, 60);
    seen.faces.faces[0].pose = pose(other ? 50 : 0, 0, t);
    if (static_cast<int>(std::lround(t * rate)) % (other ? 2 : 25) == 0) seen.likeness = other ? 0.1F : 0.8F;
  });
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "other_person");
}

TEST_CASE("one bad comparison is no other person") {
  CHECK(flags_of(90, [](PictureObservation& seen, double t) {
          const int i = static_cast<int>(std::lround(t * rate));
          if (i % 25 == 0) seen.likeness = 0.8F;
          if (i == 200) seen.likeness = 0.2F;
          if (i == 202 || i == 204) seen.likeness = 0.7F;
        }).empty());
}

TEST_CASE("a loop is flagged at one lag, and hides what it shows") {
  const auto loop = [](PictureObservation& seen, double t, float wander) {
    if (!between(t, 32, 60)) return;
    seen.picture.repeats = 0.995F;
    seen.picture.repeats_after = 20 + wander * static_cast<float>(std::fmod(t, 1));
    if (between(t, 40, 50)) seen.faces.faces.clear();
  };
  const auto flags = flags_of(90, [&](PictureObservation& seen, double t) { loop(seen, t, 0.1F); });
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "camera_loop");
  CHECK(seconds(flags[0].begin) == doctest::Approx(30));
  CHECK(seconds(flags[0].end) == doctest::Approx(60));
  for (const auto& flag : flags_of(90, [&](PictureObservation&seen, double t) { loop(seen, t, 10); }))
    CHECK(flag.what != "camera_loop");
}

TEST_CASE("a blurred picture is technical") {
  const auto flags = flags_of(
      60, [](PictureObservation& seen, double t) { seen.picture.sharpness = between(t, 20, 30) ? 12 : 100; });
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "blurred");
  CHECK(flags[0].kind == FlagKind::technical);
}

TEST_CASE("an observation keeps what was looked for and compared") {
  auto seen = picture_at(3.2);
  seen.objects_looked = true;
  seen.objects.push_back({"phone", {1, 2, 3, 4}, 0.37F});
  seen.likeness = 0.71234F;
  seen.picture.repeats = 0.987654F;
  seen.picture.repeats_after = 12.6F;
  const auto text = to_json(Observation{seen});
  const auto back = std::get<PictureObservation>(parse_observation(text));
  CHECK(to_json(Observation{back}) == text);
  CHECK(back.objects_looked);
  CHECK(back.likeness == seen.likeness);
  CHECK(back.picture.repeats == seen.picture.repeats);
  CHECK_FALSE(std::get<PictureObservation>(parse_observation(to_json(Observation{picture_at(1)}))).likeness);
}

TEST_CASE("phones on real pictures: none where there is none") {
  const auto data = test::test_data("phones");
  const auto folder = test::models("phones");
  if (!data || !folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  std::ifstream in{*data / "behaviour" / "labels.json"};
  FindObjects find{{.rate = 0, .closely = true}}, at_a_glance{{.rate = 0}};
  CHECK(find.detector() == "picodet-s-416");
  int with = 0, found = 0, seen_at_a_glance = 0, without = 0, false_phones = 0, persons = 0;
  for (const auto& entry : nlohmann::json::parse(in)) {
    const std::string file = entry.at("file");
    if (!file.starts_with("images/")) continue;
    const bool phone = entry.at("label").value("phone", false);
    const auto frame = test::frame_of(test::still(*data / "behaviour" / file));
    const auto look = [&](FindObjects& stage) {
      const auto seen = run_stage(stage, {frame});
      REQUIRE(seen.size() == 1);
      return seen[0].objects;
    };
    const auto all = look(find), some = look(at_a_glance);
    const auto is = [](const char* label) { return [=](const Object& o) { return o.label == label; }; };
    const auto has = [&](const char* label) { return std::ranges::any_of(all, is(label)); };
    seen_at_a_glance += phone && std::ranges::any_of(some, is("phone"));
    CHECK(std::ranges::count_if(all, is("phone")) <= (phone ? 1 : 0));
    for (const auto& o : all) CHECK(o.box.y + o.box.height <= static_cast<float>(frame.image().height() + 1));
    (phone ? with : without) += 1;
    (phone ? found : false_phones) += has("phone");
    if (entry.at("label").at("faces") == 1) persons += has("person");
  }
  MESSAGE("phones on floors: ", found, " (at a glance ", seen_at_a_glance, ") of ", with,
          "; false: ", false_phones, " of ", without, "; persons with one face: ", persons);
  CHECK(with == 20);
  CHECK(found >= 13);  // small ones, far away; phones on desks are found more often
  CHECK(seen_at_a_glance >= 8);
  CHECK(false_phones * 100 <= 2 * without);
  CHECK(persons >= 9);
}

TEST_CASE("the same person stays alike, another is not") {
  const auto data = test::test_data("same person");
  const auto folder = test::models("same person");
  if (!data || !folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  const auto clip = test::frames_of(*data / "behaviour/videos/ProctoringAI__center_left_center.mp4", 12s);
  const auto alike = [](ComparePerson& compare, std::vector<Frame> frames) {
    auto likeness = run_stage(compare, std::move(frames));
    REQUIRE_FALSE(likeness.empty());
    return std::ranges::max(likeness, {}, &Likeness::similarity).similarity;
  };
  ComparePerson own;
  for (const auto& likeness : run_stage(own, clip)) CHECK(likeness.similarity > 0.6F);
  const auto portrait = [&](const char* file) { return test::still(*data / "behaviour/images" / file); };
  for (const char* file : {"dlib__Tom_Cruise_avp_2014_4.jpg", "FaceLandmarkBa__Test1.jpg"}) {
    ComparePerson other{{.portrait = portrait(file)}};
    CHECK(alike(other, clip) < 0.4F);
    ComparePerson self{{.portrait = portrait(file)}};
    CHECK(alike(self, {test::frame_of(portrait(file))}) > 0.9F);
  }
  CHECK_THROWS_AS(ComparePerson({.portrait = portrait("facealignment__grass.jpg")}), Error);
  CHECK_THROWS_AS(ComparePerson({.confidence = -1}), Error);
}

TEST_CASE("a clip that is played again is a repetition, going on is not") {
  const auto data = test::test_data("repetition");
  if (!data) return;
  const auto clip = test::frames_of(*data / "behaviour/videos/ProctoringAI__center_left_center.mp4", 12s);
  FindRepetition once;
  float most = 0;
  for (const auto& r : run_stage(once, clip)) most = std::max(most, r.similarity);
  MESSAGE("going on: ", most);
  CHECK(most < 0.92F);
  auto twice = clip;
  for (const auto& frame : clip) twice.push_back(test::frame_of(frame.image(), frame.time() + 12s));
  FindRepetition again;
  int repeated = 0;
  for (const auto& r : run_stage(again, twice))
    if (r.similarity > 0.99F) {
      ++repeated;
      CHECK(r.time >= Timestamp{13s});
      CHECK(seconds(r.after) == doctest::Approx(12).epsilon(0.02));
      CHECK(std::abs(seconds(r.time - r.lasts) - 12) < 0.7);  // when it began
    }
  CHECK(repeated > 10);
}

TEST_CASE("a room at a twentieth of its light is dark, a lens behind tape is covered") {
  const auto data = test::test_data("darkness");
  if (!data) return;
  const Image room =
      test::still(*data / "behaviour/images/FaceMeshBarrac__pexels-dinielle-de-veyra-4195444.jpg");
  const auto state_of = [&](double light) {
    std::vector<std::uint8_t> rgb = room.to_rgb();
    for (auto& x : rgb) x = static_cast<std::uint8_t>(std::lround(x * light));
    CheckPicture check;
    const auto seen = run_stage(
        check, {test::frame_of(Image::from_rgb(rgb.data(), room.width(), room.height(), 3 * room.width()))});
    REQUIRE(seen.size() == 1);
    return seen[0].state;
  };
  CHECK(state_of(1) == PictureState::ok);
  CHECK(state_of(0.1) == PictureState::dark);
  CHECK(state_of(0.05) == PictureState::dark);
  CHECK(state_of(0) == PictureState::covered);
}

TEST_CASE("without their models objects and persons are absent, and that is said") {
  const test::TemporaryFolder empty;
  const test::Environment models{"INVIGIL_MODELS", empty.path().string()};
  const test::Environment data{"XDG_DATA_HOME", empty.path().string()};
  const Frame frame = test::frame_of(Image{64, 48});
  FindObjects objects;
  CHECK(objects.detector() == "none");
  CHECK(run_stage(objects, {frame}).empty());
  ComparePerson person;
  CHECK(person.detector() == "none");
  CHECK(run_stage(person, {frame}).empty());
  CHECK_THROWS_AS(FindObjects({.rate = -1}), Error);
}
