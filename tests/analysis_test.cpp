// The whole graph: pictures, sound and events in; flags and observations out, in order and the same every
// time.
#include "support.hpp"

#include <invigil/analysis.hpp>
#include <invigil/idcard.hpp>
#include <invigil/media.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace invigil;
using namespace std::chrono_literals;

constexpr int width = 320;
constexpr int height = 180;

/// What a scene shows at a time: noise and a board around `level`, or, with no `contrast`, a covered lens.
struct Scene {
  int level = 128;
  int contrast = 40;
};

void paint(Image& image, const Scene& scene, std::uint32_t seed) {
  const Plane luma = image.mutable_plane(0);
  std::uint32_t state = seed * 2654435761U + 1;
  for (int y = 0; y < luma.height; ++y)
    for (int x = 0; x < luma.width; ++x) {
      state = state * 1664525U + 1013904223U;
      const int noise = scene.contrast > 0 ? static_cast<int>(state >> 28) - 8 : 0;
      const int board = (x / 16 + y / 16) % 2 ? scene.contrast : -scene.contrast;
      luma.row(y)[x] = static_cast<std::uint8_t>(std::clamp(scene.level + board + noise, 0, 255));
    }
}

std::vector<RawFrame> film(double duration, const std::function<Scene(double)>& at, double rate = 15) {
  std::vector<RawFrame> frames;
  for (int i = 0; i < duration * rate; ++i) {
    Image image{width, height};
    paint(image, at(i / rate), static_cast<std::uint32_t>(i));
    frames.push_back({image, from_seconds(i / rate), static_cast<std::uint64_t>(i)});
  }
  return frames;
}

std::vector<AudioBlock> hiss(double duration) {
  std::vector<AudioBlock> blocks;
  std::uint32_t state = 1;
  for (int i = 0; i < duration * 50; ++i) {
    std::vector<float> samples(960);
    for (auto& x : samples) {
      state = state * 1664525U + 1013904223U;
      x = static_cast<float>(static_cast<int>(state >> 16) - 32768) * 1e-7F;
    }
    blocks.emplace_back(from_seconds(i * 0.02), 1, std::move(samples));
  }
  return blocks;
}

struct Result {
  std::vector<Flag> flags;
  std::vector<Observation> observations;
  std::map<std::string, std::string> models;
  [[nodiscard]] std::vector<Flag> named(const std::string& what) const {
    std::vector<Flag> found;
    for (const auto& flag : flags)
      if (flag.what == what) found.push_back(flag);
    return found;
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& flag : flags) all += to_json(flag) + "\n";
    for (const auto& observation : observations) all += to_json(observation) + "\n";
    return all;
  }
};

Result analyse_all(std::vector<RawFrame> frames, std::vector<AudioBlock> blocks,
                   std::vector<PlatformEvent> events, const AnalysisOptions& options = {}) {
  Collect<Flag> flags;
  Collect<Observation> observations;
  Session session;
  std::optional<Stream<Frame>> video;
  std::optional<Stream<AudioBlock>> audio;
  std::optional<Stream<PlatformEvent>> told;
  if (!frames.empty()) video = session.add(Feed<RawFrame>{std::move(frames)}).via(KeepUnredacted{});
  if (!blocks.empty()) audio = session.add(Feed<AudioBlock>{std::move(blocks)});
  if (!events.empty()) told = session.add(Feed<PlatformEvent>{std::move(events)});
  const auto analysis = analyse(session, video, audio, told, options);
  analysis.flags.to(flags);
  analysis.observations.to(observations);
  session.run();
  return {std::move(flags.items), std::move(observations.items), analysis.models};
}

void check_order(const Result& result) {
  for (std::size_t i = 1; i < result.flags.size(); ++i) CHECK(result.flags[i - 1].end <= result.flags[i].end);
  for (std::size_t i = 1; i < result.observations.size(); ++i)
    CHECK(media_time(result.observations[i - 1]) <= media_time(result.observations[i]));
}

Scene covered_from_8_to_14(double t) { return t >= 8 && t < 14 ? Scene{60, 0} : Scene{}; }

}  // namespace

TEST_CASE("a covered camera, silence and events: flags in order of their ends, observations of time") {
  const auto result = analyse_all(film(30, covered_from_8_to_14), hiss(30),
                                  {{from_seconds(9), "focus_lost", 12s}, {from_seconds(10), "paste", {}}});
  check_order(result);
  const auto covered = result.named("camera_covered");
  REQUIRE(covered.size() == 1);
  CHECK(seconds(covered[0].begin) == doctest::Approx(8).epsilon(0.05));
  CHECK(seconds(covered[0].end) == doctest::Approx(14).epsilon(0.05));
  CHECK(result.named("focus_lost").size() == 1);
  CHECK(result.named("paste").size() == 1);
  CHECK(result.named("speech").empty());
  CHECK(result.models.contains("faces"));
  CHECK(result.models.contains("speech"));
  // Nobody sits there: absent before and after, not while the camera is covered.
  for (const auto& flag : result.named("face_absent"))
    CHECK_FALSE((flag.begin < from_seconds(13) && flag.end > from_seconds(9)));
}

TEST_CASE("the same input gives the same flags and observations, byte for byte") {
  const auto once = [] {
    return analyse_all(film(15, covered_from_8_to_14), hiss(15), {{from_seconds(3), "copy", {}}}).text();
  };
  const auto first = once();
  CHECK(first.size() > 1000);
  CHECK(first == once());
  CHECK(first == once());
}

TEST_CASE("five pictures a second and every 32 ms of sound are observed") {
  const auto result = analyse_all(film(10, [](double) { return Scene{}; }), hiss(10), {});
  std::size_t pictures = 0, sounds = 0;
  for (const auto& o : result.observations) ++(std::holds_alternative<Speech>(o) ? sounds : pictures);
  CHECK(pictures == 50);
  CHECK(sounds >= 311);
  CHECK(sounds <= 313);
}

TEST_CASE("inputs that are absent are left out") {
  CHECK(analyse_all({}, {}, {}).text().empty());
  const auto events =
      analyse_all({}, {}, {{from_seconds(1), "focus_lost", 9s}, {from_seconds(2), "copy", {}}});
  REQUIRE(events.flags.size() == 2);
  CHECK(events.flags[0].what == "copy");  // in order of their ends
  CHECK(events.models.empty());
  const auto sound = analyse_all({}, hiss(1), {});
  CHECK(sound.flags.empty());
  CHECK(sound.observations.size() >= 30);
  const auto still = analyse_all(film(0.05, [](double) { return Scene{}; }), {}, {});
  CHECK(still.flags.empty());
  CHECK(still.observations.size() == 1);
}

TEST_CASE("a consent that was not given is flagged, as technical") {
  const auto flagged = analyse_all({}, {}, {}, {.consent = Consent{}});
  REQUIRE(flagged.flags.size() == 1);
  CHECK(flagged.flags[0].what == "consent_missing");
  CHECK(flagged.flags[0].kind == FlagKind::technical);
  CHECK(analyse_all({}, {}, {}, {.consent = Consent{.given = true}}).flags.empty());
}

TEST_CASE("a policy that disables a flag leaves it out") {
  AnalysisOptions options;
  options.policy.flags["camera_covered"].enabled = false;
  options.policy.flags["paste"].enabled = false;
  const auto result =
      analyse_all(film(20, covered_from_8_to_14), {}, {{from_seconds(1), "paste", {}}}, options);
  CHECK(result.named("camera_covered").empty());
  CHECK(result.named("paste").empty());
}

TEST_CASE("live, the analysis never blocks its input") {
  const auto result = analyse_all(film(20, covered_from_8_to_14), hiss(20), {}, {.drop_when_late = true});
  check_order(result);
}
