// From a file to everything that can be said about it, on real pictures and sound.
#include "environment.hpp"
#include "examine/thin.hpp"
#include "support.hpp"
#include "tool.hpp"

#include <invigil/error.hpp>
#include <invigil/examine.hpp>
#include <invigil/score.hpp>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace invigil;
namespace fs = std::filesystem;

Examination look(const fs::path& path, const Policy& policy = {}) {
  MediaFile file{path.string()};
  return examine(file, {}, policy);
}

std::vector<Flag> named(const Examination& seen, const std::string& what) {
  std::vector<Flag> found;
  for (const auto& flag : seen.flags)
    if (flag.what == what) found.push_back(flag);
  return found;
}

std::string text(const Examination& seen) {
  std::string all;
  for (const auto& flag : seen.flags) all += to_json(flag) + "\n";
  for (const auto& observation : seen.observations) all += to_json(observation) + "\n";
  return all;
}

/// A candidate 0-10 s, an empty desk 10-20 s, the candidate 20-30 s, two people 30-36 s, the candidate, the
/// lens covered 42-50 s, the candidate, the picture frozen 56-64 s, the candidate until 70 s.
fs::path compose(const fs::path& videos, const fs::path& to, int length) {
  const std::string fit =
      "scale=640:480:force_original_aspect_ratio=decrease,pad=640:480:(ow-iw)/2:(oh-ih)/"
      "2,fps=25,format=yuv420p";
  const std::string cut = ",setpts=PTS-STARTPTS";
  const std::string graph =
      "[0:v]" + fit + ",split=7[a][b][c][d][e][f][g];[a]trim=0:10" + cut + "[a1];[1:v]" + fit + ",trim=0:10" +
      cut + "[e1];[b]trim=0:10" + cut + "[b1];[g]trim=0:6" + cut +
      ",crop=320:480,split[ga][gb];[gb]hflip[gc];[ga][gc]hstack[t1];[c]trim=2:8" + cut +
      "[c1];color=c=0x060606:s=640x480:r=25:d=8,noise=alls=4:allf=t,format=yuv420p[k1];[d]trim=3:9" + cut +
      "[d1];[e]trim=5:5.04" + cut + ",loop=199:1:0,setpts=N/25/TB[fr];[f]trim=1:7" + cut +
      "[f1];[a1][e1][b1][t1][c1][k1][d1][fr][f1]concat=n=9:v=1[v]";
  const auto quoted = [](const fs::path& path) { return "'" + path.string() + "'"; };
  const auto made = test::run_tool(
      "ffmpeg -v error -y -stream_loop 1 -i " + quoted(videos / "ProctoringAI__center_left_center.mp4") +
      " -i " + quoted(videos / "samplevideos__bottle-detection.mp4") + " -filter_complex '" + graph +
      "' -map '[v]' -c:v libx264 -preset veryfast -crf 20 -t " + std::to_string(length) + " " + quoted(to));
  REQUIRE(made.status == 0);
  return to;
}

void check_span(const std::vector<Flag>& flags, double begin, double end) {
  REQUIRE(flags.size() == 1);
  CHECK(std::abs(seconds(flags[0].begin) - begin) <= 0.5);
  CHECK(std::abs(seconds(flags[0].end) - end) <= 0.5);
  CHECK(flags[0].evidence_begin <= flags[0].begin);
  CHECK(flags[0].evidence_end >= flags[0].end);
}

}  // namespace

TEST_CASE("a composed session: what happened is flagged where it happened, and nothing else") {
  const auto data = test::test_data("composed sessions");
  const auto nets = test::models("composed sessions");
  if (!data || !nets || !test::tools_or_skip({"ffmpeg"})) return;
  const test::TemporaryFolder folder;
  const auto clip = compose(*data / "behaviour" / "videos", folder / "composed.mp4", 70);

  const test::Environment with{"INVIGIL_MODELS", nets->string()};
  const auto seen = look(clip);
  CHECK(seen.damage.empty());
  CHECK(seconds(seen.video) == doctest::Approx(70).epsilon(0.01));
  CHECK(seen.audio == Duration::zero());
  check_span(named(seen, "face_absent"), 10, 20);
  check_span(named(seen, "multiple_faces"), 30, 36);
  check_span(named(seen, "camera_covered"), 42, 50);
  check_span(named(seen, "camera_frozen"), 56, 64);
  // The candidate's own clip is played again and again, and that is seen too.
  const auto loops = named(seen, "camera_loop");
  REQUIRE_FALSE(loops.empty());
  CHECK(std::abs(seconds(loops[0].begin) - 20) <= 1);
  CHECK(std::abs(seconds(loops[0].end) - 30) <= 2);
  // In that clip the eyes look to the left from 5.6 to 9.9 s.
  const auto aside = named(seen, "gaze_away");
  REQUIRE_FALSE(aside.empty());
  CHECK(std::abs(seconds(aside[0].begin) - 5.6) <= 1);
  CHECK(seen.flags.size() == 4 + loops.size() + aside.size());
  CHECK(score(seen.flags).level != Level::low);
}

TEST_CASE("without models the absence is found, and is technical") {
  const auto data = test::test_data("composed sessions");
  if (!data || !test::tools_or_skip({"ffmpeg"})) return;
  const test::TemporaryFolder folder;
  const test::NoModels without;
  const auto fallback = look(compose(*data / "behaviour" / "videos", folder / "composed.mp4", 24));
  check_span(named(fallback, "face_absent"), 10, 20);
  CHECK(named(fallback, "face_absent")[0].kind == FlagKind::technical);
  CHECK_FALSE(named(fallback, "detector_unsure").empty());
  CHECK(fallback.models.at("faces").find("fallback") != std::string::npos);
}

TEST_CASE("an honest candidate is not flagged, twice the same, byte for byte") {
  const auto data = test::test_data("real clips");
  if (!data) return;
  const auto clip = *data / "behaviour" / "videos" / "ProctoringAI__center_left_center.mp4";
  const auto once = look(clip);
  CHECK(score(once.flags).value == 0);
  CHECK(seconds(once.video) == doctest::Approx(15.33).epsilon(0.01));
  CHECK(seconds(once.audio) == doctest::Approx(15.35).epsilon(0.01));
  CHECK(once.observations.size() > 500);
  CHECK(text(once) == text(look(clip)));
}

TEST_CASE("sound alone, and a still") {
  const auto data = test::test_data("real sound and stills");
  if (!data) return;
  const auto sound = look(*data / "behaviour" / "audio" / "pyannoteaudio__sample.wav");
  CHECK(seconds(sound.audio) == doctest::Approx(30).epsilon(0.01));
  CHECK(sound.video == Duration::zero());
  CHECK_FALSE(sound.models.contains("faces"));
  const auto still = look(*data / "behaviour" / "images" / "FaceLandmarkBa__Test1.jpg");
  REQUIRE(still.observations.size() == 1);
  CHECK(std::get<PictureObservation>(still.observations[0]).faces.faces.size() == 1);
  CHECK(still.flags.empty());
}

TEST_CASE(
    "of a file's pictures those are concealed that the analysis takes, and each that changes its size") {
  std::vector<RawFrame> frames;
  for (int k = 0; k < 60; ++k)
    frames.push_back({Image{k == 31 ? 32 : 16, 16}, from_seconds(k / 30.0), std::uint64_t(k)});
  examine_detail::Thin thin;
  std::vector<std::uint64_t> passed;
  for (const auto& frame : run_stage(thin, frames)) passed.push_back(frame.index);
  CHECK(passed == std::vector<std::uint64_t>{0, 6, 12, 18, 24, 30, 31, 32, 36, 42, 48, 54});
}

TEST_CASE("a damaged file: what comes before the damage, and the damage") {
  const auto data = test::test_data("real clips");
  if (!data) return;
  const test::TemporaryFolder folder;
  const auto cut = folder / "cut.mkv";
  fs::copy_file(*data / "behaviour" / "videos" / "samplevideos__book.mkv", cut);
  fs::resize_file(cut, fs::file_size(cut) / 2);
  const auto seen = look(cut);
  CHECK_FALSE(seen.observations.empty());
  CHECK(seen.video > Duration::zero());
  CHECK(text(seen) == text(look(cut)));
  CHECK(seen.damage == look(cut).damage);
}

TEST_CASE("events are flagged beside what is seen") {
  const auto data = test::test_data("real sound");
  if (!data) return;
  MediaFile file{(*data / "behaviour" / "audio" / "pyannoteaudio__empty.wav").string()};
  const auto seen = examine(file, {{from_seconds(0.5), "paste", {}}});
  REQUIRE(named(seen, "paste").size() == 1);
  CHECK(score(seen.flags).because.size() == 1);
}

TEST_CASE("nothing that could be read is an error") {
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS((void)look(folder / "absent.mp4"), Error);
}
