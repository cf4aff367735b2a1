// Scoring again what was kept: the same flags, byte for byte, and those of other policies.
#include "sanitized.hpp"
#include "support.hpp"
#include "tool.hpp"

#include <invigil/error.hpp>
#include <invigil/examine.hpp>
#include <invigil/replay.hpp>
#include <invigil/score.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace invigil;
using namespace std::chrono_literals;

std::string lines(const std::vector<Observation>& all) {
  std::string text;
  for (const auto& one : all) text += to_json(one) + "\n";
  return text;
}

std::string lines(const std::vector<Flag>& all) {
  std::string text;
  for (const auto& one : all) text += to_json(one) + "\n";
  return text;
}

PictureObservation picture(double t, int faces, PictureState state = PictureState::ok) {
  PictureObservation seen;
  seen.time = from_seconds(t);
  seen.faces.time = seen.picture.time = seen.time;
  seen.picture.state = state;
  for (int i = 0; i < faces; ++i) seen.faces.faces.push_back({{100.F * float(i), 50, 80, 80}, 0.95F, {}});
  return seen;
}

/// An hour of pictures and sound in which somebody comes, goes and talks, as often as not.
std::vector<Observation> session(double length, unsigned seed) {
  std::mt19937 random{seed};
  std::vector<Observation> all;
  int faces = 1;
  float p = 0.1F;
  for (int i = 0; i < length * 5; ++i) {
    if (random() % 100 == 0) faces = static_cast<int>(random() % 3);
    all.emplace_back(picture(i / 5.0, faces, random() % 400 == 0 ? PictureState::covered : PictureState::ok));
    for (int k = 0; k < 6; ++k) {
      if (random() % 200 == 0) p = random() % 2 ? 0.9F : 0.1F;
      all.emplace_back(Speech{.time = from_seconds(i / 5.0 + 0.032 * k), .probability = p, .level = -40});
    }
  }
  return all;
}

const std::vector<PlatformEvent> told = {{from_seconds(9), "focus_lost", 4s}, {from_seconds(3), "paste", {}}};

}  // namespace

TEST_CASE("what was kept gives the flags of the first run, byte for byte") {
  const auto data = test::test_data("a composed session");
  if (!data) return;
  const test::TemporaryFolder folder;
  const auto clip = (folder / "clip.mp4").string();
  const auto videos = *data / "behaviour" / "videos";
  const auto made = test::run_tool(
      "ffmpeg -v error -y -stream_loop 1 -i '" + (videos / "ProctoringAI__center_left_center.mp4").string() +
      "' -f lavfi -i color=c=0x404040:s=640x480:r=25:d=8 -i '" +
      (*data / "behaviour" / "audio" / "silerovad__test.wav").string() +
      "' -filter_complex "
      "'[0:v]scale=640:480,fps=25,split[a][b];[a]trim=0:8,setpts=PTS-STARTPTS[a1];[b]trim=0:6,"
      "setpts=PTS-STARTPTS[b1];[a1][1:v][b1]concat=n=3:v=1[v]' -map '[v]' -map 2:a -t 22 -c:v libx264 "
      "-preset ultrafast -c:a aac '" +
      clip + "'");
  REQUIRE(made.status == 0);
  for (const double seconds_of_speech : {0.5, 3.0}) {
    Policy policy;
    policy.flags["speech"].longer_than = duration_from_seconds(seconds_of_speech);
    MediaFile file{clip};
    const auto first = examine(file, told, policy);
    REQUIRE(first.flags.size() >= 4);
    const auto kept = parse_observations(lines(first.observations));
    CHECK(lines(replay(kept, told, {.policy = policy})) == lines(first.flags));
    CHECK(lines(kept) == lines(first.observations));
  }
}

TEST_CASE("the order of observations and events does not matter") {
  auto kept = session(300, 1);
  const auto first = lines(replay(kept, told));
  CHECK(std::count(first.begin(), first.end(), '\n') > 10);
  std::shuffle(kept.begin(), kept.end(), std::mt19937{2});
  CHECK(lines(replay(kept, {told[1], told[0]})) == first);
  const auto flags = replay(kept, told);
  CHECK(
      std::is_sorted(flags.begin(), flags.end(), [](const Flag& a, const Flag& b) { return a.end < b.end; }));
}

TEST_CASE("another policy gives other flags") {
  const auto kept = session(600, 3);
  Policy strict;
  strict.flags["face_absent"].longer_than = 1s;
  Policy lenient;
  lenient.flags["face_absent"].longer_than = 20s;
  lenient.flags["speech"].enabled = false;
  const auto count = [&](const Policy& policy, std::string_view name) {
    const auto flags = replay(kept, {}, {.policy = policy});
    return std::count_if(flags.begin(), flags.end(), [&](const Flag& flag) { return flag.what == name; });
  };
  CHECK(count(strict, "face_absent") > count(lenient, "face_absent"));
  CHECK(count(strict, "speech") > 0);
  CHECK(count(lenient, "speech") == 0);
  CHECK(replay({}, {}).empty());
  CHECK(replay({}, {}, {.consent = Consent{}}).size() == 1);
}

TEST_CASE("an hour is scored again in less than a thousandth of it, reading included") {
  const test::TemporaryFolder folder;
  const auto path = folder / "o.jsonl";
  std::ofstream{path} << lines(session(3600, 4));
  const auto begin = std::chrono::steady_clock::now();
  const auto result = score(replay(load_observations(path)));
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(result.because.size() > 10);
  MESSAGE("an hour in ", seconds(Duration{took}), " s");
  CHECK(took < 3600ms * (test::sanitized ? 20 : 2));  // other tests share the machine
}

TEST_CASE("observations that do not parse are named with their line") {
  CHECK(parse_observations("\n \n").empty());
  try {
    (void)parse_observations("{\"t\":1,\"faces\":[]}\r\n\n{\"t\":2}\n", "o.jsonl");
    FAIL("nothing was thrown");
  } catch (const Error& e) {
    CHECK(e.code() == Errc::bad_header);
    CHECK(std::string{e.what()}.find("o.jsonl:3") != std::string::npos);
  }
  CHECK_THROWS_AS((void)load_observations("/nonexistent/o.jsonl"), Error);
}
