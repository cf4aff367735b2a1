// Pictures that change their size: counted, told once, and never held against anybody.
#include "media_support.hpp"
#include "support.hpp"

#include <invigil/behaviour.hpp>
#include <invigil/examine.hpp>
#include <invigil/flag_pictures.hpp>
#include <invigil/idcard.hpp>
#include <invigil/score.hpp>

#include <string>
#include <vector>

namespace {

using namespace invigil;

PictureObservation picture_at(double t, PictureSize size, int resized = 0) {
  PictureObservation seen;
  seen.time = seen.picture.time = from_seconds(t);
  seen.faces.time = seen.time;
  seen.faces.faces.push_back({{100, 50, 80, 80}, 0.95F, {}});
  seen.picture.sharpness = 100;
  seen.picture.width = size.width;
  seen.picture.height = size.height;
  seen.picture.resized = resized;
  return seen;
}

/// Five pictures a second, of which those at the given times have another size than the one before.
std::vector<Flag> flags_of(const std::vector<double>& changes, const Policy& policy = {}) {
  std::vector<PictureObservation> pictures;
  std::size_t next = 0;
  for (int i = 0; i < 300; ++i) {
    const double t = i / 5.0;
    const bool changed = next < changes.size() && t >= changes[next];
    if (changed) ++next;
    pictures.push_back(picture_at(t, next % 2 ? PictureSize{480, 640} : PictureSize{640, 480}, changed));
  }
  FlagPictures stage{policy};
  return run_stage(stage, std::move(pictures));
}

/// 91 pieces of a few pictures each, in turn of three sizes.
std::filesystem::path restless_clip(const test::TemporaryFolder& folder) {
  std::vector<std::string> pieces;
  for (const auto* size : {"320x240", "160x120", "240x320"}) {
    const auto piece = folder / (std::string{size} + ".h264");
    test::ffmpeg(std::string{"-f lavfi -i testsrc2=rate=25:duration=0.2:size="} + size +
                 " -c:v libx264 -preset ultrafast " + piece.string());
    pieces.push_back(test::bytes_of(piece));
  }
  std::string all;
  for (std::size_t i = 0; i < 91; ++i) all += pieces[i % pieces.size()];
  test::write_bytes(folder / "restless.h264", all);
  return folder / "restless.h264";
}

}  // namespace

TEST_CASE("a change of size is one technical flag, with both sizes") {
  const auto flags = flags_of({20});
  REQUIRE(flags.size() == 1);
  const auto& flag = flags[0];
  CHECK(flag.what == "resolution_changed");
  CHECK(flag.kind == FlagKind::technical);
  CHECK(seconds(flag.begin) == doctest::Approx(20));
  CHECK(flag.end == flag.begin);
  CHECK(seconds(flag.evidence_begin) == doctest::Approx(15));
  CHECK(seconds(flag.evidence_end) == doctest::Approx(25));
  CHECK(flag.because == "the size of the picture changed between 480x640 and 640x480");
  CHECK(score(flags).value == 0);
}

TEST_CASE("changes that follow each other are one flag with their number, others stay apart") {
  const auto flags = flags_of({10, 11, 12, 40, 59.8});
  REQUIRE(flags.size() == 3);
  CHECK(flags[0].count == 3);
  CHECK(seconds(flags[0].end) == doctest::Approx(12));
  CHECK(flags[0].because == "the size of the picture changed 3 times, between 480x640 and 640x480");
  CHECK(seconds(flags[2].evidence_end) == doctest::Approx(59.8));
}

TEST_CASE("no change, and a policy that does not ask: no flag") {
  CHECK(flags_of({}).empty());
  Policy policy;
  policy.flags["resolution_changed"].enabled = false;
  CHECK(flags_of({20}, policy).empty());
}

TEST_CASE("no change is told after a horizon that was beyond it") {
  FlagPictures stage;
  Timestamp promised = Timestamp::min();
  int told = 0;
  const Emit<Flag> emit = [&](const Flag& flag) {
    CHECK(flag.end >= promised);
    ++told;
  };
  for (int i = 0; i < 300; ++i) {
    const auto time = from_seconds(i / 5.0);
    stage.process(picture_at(i / 5.0, {640, 480}, i % 40 == 3), emit);
    promised = std::max(promised, stage.horizon(time));
  }
  stage.finish(emit);
  CHECK(told == 8);
}

TEST_CASE("the size and its changes come back as they were written, and nonsense is refused") {
  const auto seen = picture_at(3, {1280, 720}, 4);
  const auto text = to_json(Observation{seen});
  const auto back = std::get<PictureObservation>(parse_observation(text));
  CHECK(back.picture.width == 1280);
  CHECK(back.picture.height == 720);
  CHECK(back.picture.resized == 4);
  CHECK(to_json(Observation{back}) == text);
  for (const auto* size : {"[1280]", "[0,720]", "[1280,-1]", "[1280.5,720]", "[\"a\",1]", "[1,1e9]", "7"}) {
    CAPTURE(size);
    auto bad = text;
    bad.replace(bad.find("[1280,720]"), 10, size);
    CHECK_THROWS_AS((void)parse_observation(bad), Error);
  }
}

TEST_CASE("a clip with 90 changes of size is looked through, every change is counted") {
  if (!test::tools_or_skip({"ffmpeg"})) return;
  const test::TemporaryFolder folder;
  const auto clip = restless_clip(folder);
  MediaFile file{clip.string()};
  const auto seen = examine(file);
  CHECK(seen.damage.empty());
  CHECK(seconds(seen.video) > 15);
  int told = 0;
  for (const auto& flag : seen.flags) {
    if (flag.what != "resolution_changed") continue;
    CHECK(flag.kind == FlagKind::technical);
    CHECK(flag.because.find("times, between 160x120 and 320x240") != std::string::npos);
    told += flag.count;
  }
  CHECK(told == 90);
  for (const auto& [flag, points] : score(seen.flags).because) CHECK(flag.what != "resolution_changed");
}

TEST_CASE("CheckPicture alone tells sizes, also those that come and go between two looks") {
  if (!test::tools_or_skip({"ffmpeg"})) return;
  const test::TemporaryFolder folder;
  const auto clip = restless_clip(folder);
  const auto looked = [&](double rate) {
    MediaFile file{clip.string()};
    const auto source = file.video();
    CheckPicture stage{{.rate = rate}};
    int changes = 0;
    const Emit<PictureHealth> emit = [&](const PictureHealth& health) {
      CHECK(health.width > 0);
      changes += health.resized;
    };
    KeepUnredacted keep;
    while (auto raw = source->read({}))
      keep.process(std::move(*raw), [&](Frame frame) { stage.process(std::move(frame), emit); });
    stage.finish(emit);
    return changes;
  };
  CHECK(looked(0) == 90);
  const int at_one_a_second = looked(1);  // what came after the last look is not told
  CHECK(at_one_a_second >= 84);
  CHECK(at_one_a_second <= 90);
}
