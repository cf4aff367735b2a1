// What a recording holds, opened with tar, age and ffprobe alone; and how it ends when things go wrong.
#include "media/encode.hpp"
#include "recording/segmenter.hpp"
#include "support.hpp"
#include "tool.hpp"

#include <invigil/error.hpp>
#include <invigil/idcard.hpp>
#include <invigil/playback.hpp>
#include <invigil/recording.hpp>

#include <cmath>
#include <fstream>
#include <numbers>
#include <set>
#include <thread>

using namespace invigil;
using namespace std::chrono_literals;

namespace {

Timestamp at(double s) { return from_seconds(s); }

Frame frame(int width, int height, double t, std::uint64_t index, int luma = 60) {
  RawFrame raw{Image{width, height}, at(t), index};
  const auto plane = raw.image.mutable_plane(0);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) plane.row(y)[x] = static_cast<std::uint8_t>(luma + (x + y) % 32);
  KeepUnredacted keep;
  return run_stage(keep, {std::move(raw)}).front();
}

AudioBlock sound(double t, double length, float level = 0.3F) {
  std::vector<float> samples(static_cast<std::size_t>(std::llround(length * AudioBlock::rate)));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] =
        level * static_cast<float>(std::sin(2 * std::numbers::pi * 440 * static_cast<double>(i) / 48000));
  return {at(t), 1, std::move(samples)};
}

/// A key pair for the `age` program and for us.
struct Key {
  explicit Key(const std::filesystem::path& folder) : file(folder / "key.txt") {
    std::ofstream{file} << identity.secret_text() << "\n";
  }
  Identity identity = Identity::generate();
  std::filesystem::path file;
};

/// A recording taken apart with `tar` and `age`.
class Opened {
 public:
  Opened(const std::filesystem::path& folder, const std::filesystem::path& tar,
         const std::filesystem::path& key)
      : folder_(folder) {
    const auto script =
        "cd '" + folder.string() + "' && mkdir -p x && tar -xf '" + tar.string() +
        "' -C x 2>/dev/null; cd x && for f in i/*.age s/*.age m/*.age; do [ -f $f ] && age -d -i '" +
        key.string() + "' -o ${f%.age}.plain $f 2>/dev/null || true; done";
    CHECK(test::run_tool(script).status == 0);
    test::run_tool("cd '" + folder.string() +
                   "/x' && cat $(ls i/*.plain | head -1) $(ls s/*.plain) > ../media");
  }
  [[nodiscard]] std::filesystem::path media() const { return folder_ / "media"; }
  [[nodiscard]] std::size_t count(const std::string& pattern) const {
    return test::numbers(test::run_tool("cd '" + folder_.string() + "/x' && ls " + pattern +
                                        " 2>/dev/null | sed 's/.*/1/'")
                             .output)
        .size();
  }
  [[nodiscard]] std::string logs() const {
    return test::run_tool("cd '" + folder_.string() + "/x' && cat $(ls m/*.plain)").output;
  }

 private:
  std::filesystem::path folder_;
};

bool tools() { return test::tools_or_skip({"tar", "age", "ffprobe", "ffmpeg"}); }
bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a recording opens with tar, age and ffprobe alone") {
  if (!tools()) return;
  const test::TemporaryFolder folder;
  const Key key{folder.path()};
  {
    Recording recording{create_file(folder / "r.tar"),
                        {key.identity.recipient()},
                        {.consent = {.given = true, .purpose = "a test", .by = "c-17"}}};
    auto& video = recording.video();
    auto& audio = recording.audio();
    for (int i = 0; i < 105; ++i) {
      video.write(frame(160, 120, i / 30.0, static_cast<std::uint64_t>(i)));
      if (i % 3 == 0) audio.write(sound(i / 30.0, 0.1));
    }
    Flag flag{.what = "face_absent", .begin = at(1), .end = at(2), .because = "no face for 1.0 s"};
    recording.flags().write(flag);
    recording.events().write({at(0.5), "focus_lost", 1s});
    recording.observations().write(Speech{.time = at(0.032), .probability = 0.25F});
    recording.gap(at(1.5), at(1.6), "a test gap");
    recording.close();
    recording.close();  // again: nothing
    CHECK(recording.statistics().frames == 105);
    CHECK(recording.statistics().segments == 4);
    CHECK(recording.statistics().bytes == std::filesystem::file_size(folder / "r.tar"));
    CHECK(seconds(recording.statistics().media) == doctest::Approx(3.5).epsilon(0.02));
    CHECK(recording.signer().find('+') != std::string::npos);
    CHECK_THROWS_AS(video.write(frame(160, 120, 9, 105)), Error);
  }
  const Opened opened{folder.path(), folder / "r.tar", key.file};
  CHECK(opened.count("i/*.plain") == 2);
  CHECK(opened.count("s/*.plain") == 4);
  const auto pictures = test::decoded_times(opened.media(), "v:0");
  REQUIRE(pictures.size() == 105);
  CHECK(pictures[104] == doctest::Approx(104 / 30.0).epsilon(1e-4));
  CHECK(static_cast<double>(test::played_sound(opened.media()).size()) / 48000 ==
        doctest::Approx(3.5).epsilon(0.02));
  const auto logs = opened.logs();
  CHECK(contains(logs, "\"purpose\":\"a test\""));
  CHECK(contains(logs, "\"policy_toml\""));
  CHECK(contains(logs, "\"unredacted\":true"));  // KeepUnredacted made these frames
  CHECK(contains(logs, "\"flag\":\"face_absent\""));
  CHECK(contains(logs, "\"event\":\"focus_lost\""));
  CHECK(contains(logs, "\"speech\":0.25"));
  CHECK(contains(logs, "a test gap"));
  CHECK(!contains(logs, "\"flag\":\"consent_missing\""));
}

TEST_CASE("what was synced opens at every moment, without close") {
  if (!tools()) return;
  const test::TemporaryFolder folder;
  const Key key{folder.path()};
  Recording recording{create_file(folder / "r.tar"), {key.identity.recipient()}};
  auto& video = recording.video();
  for (int i = 0; i < 75; ++i) video.write(frame(96, 64, i / 30.0, static_cast<std::uint64_t>(i)));
  const Opened opened{folder.path(), folder / "r.tar", key.file};  // as after kill -9: nobody closed it
  CHECK(test::decoded_times(opened.media(), "v:0").size() == 60);
  const auto logs = opened.logs();
  CHECK(contains(logs, "\"given\":false"));
  CHECK(contains(logs, "\"flag\":\"consent_missing\""));
}

TEST_CASE("sound alone, pictures alone, and a track that was asked for and never used") {
  if (!tools()) return;
  for (const int kind : {0, 1, 2}) {
    const test::TemporaryFolder folder;
    const Key key{folder.path()};
    Recording recording{create_file(folder / "r.tar"), {key.identity.recipient()}};
    if (kind == 0) {
      auto& audio = recording.audio();
      for (int i = 0; i < 25; ++i) audio.write(sound(i * 0.1, 0.1));
    } else {
      auto& video = recording.video();
      if (kind == 2) static_cast<void>(recording.audio());
      for (int i = 0; i < 50; ++i) video.write(frame(96, 64, i / 20.0, static_cast<std::uint64_t>(i)));
    }
    recording.close();
    const Opened opened{folder.path(), folder / "r.tar", key.file};
    CHECK(opened.count("s/*.plain") == 3);
    CHECK(test::decoded_times(opened.media(), "v:0").size() == (kind == 0 ? 0 : 50));
    CHECK(test::played_sound(opened.media()).size() ==
          (kind == 0 ? doctest::Approx(2.5 * 48000).epsilon(0.01) : doctest::Approx(0)));
  }
}

TEST_CASE("nothing at all was recorded: still a whole archive") {
  if (!tools()) return;
  const test::TemporaryFolder folder;
  const Key key{folder.path()};
  {
    Recording recording{create_file(folder / "r.tar"), {key.identity.recipient()}};
    static_cast<void>(recording.video());
    recording.close();
  }
  CHECK(test::run_tool("tar -tf '" + (folder / "r.tar").string() + "'").status == 0);
}

TEST_CASE("a second camera and a screen are tracks of the same file") {
  if (!tools()) return;
  const test::TemporaryFolder folder;
  const Key key{folder.path()};
  Recording recording{create_file(folder / "r.tar"), {key.identity.recipient()}};
  auto& screen = recording.video("screen");
  auto& camera = recording.video();
  CHECK(&recording.video("camera") == &camera);
  for (int i = 0; i < 60; ++i) {
    camera.write(frame(96, 64, i / 30.0, static_cast<std::uint64_t>(i)));
    if (i % 6 == 0) screen.write(frame(200, 150, i / 30.0, static_cast<std::uint64_t>(i) / 6));
  }
  CHECK_THROWS_AS(static_cast<void>(recording.audio()), Error);  // too late
  recording.close();
  const Opened opened{folder.path(), folder / "r.tar", key.file};
  CHECK(test::decoded_times(opened.media(), "v:0").size() == 60);
  CHECK(test::decoded_times(opened.media(), "v:1").size() == 10);
}

TEST_CASE("lost frames, holes and early ends are written down as gaps") {
  if (!tools()) return;
  const test::TemporaryFolder folder;
  const Key key{folder.path()};
  Recording recording{create_file(folder / "r.tar"), {key.identity.recipient()}};
  auto& video = recording.video();
  auto& audio = recording.audio();
  for (int i = 0; i < 100; ++i) {
    if (i < 40 || i >= 45) video.write(frame(96, 64, i / 10.0, static_cast<std::uint64_t>(i)));
    if (i < 20 || (i >= 50 && i < 70)) audio.write(sound(i / 10.0, 0.1));
  }
  recording.close();
  const Opened opened{folder.path(), folder / "r.tar", key.file};
  const auto logs = opened.logs();
  CHECK(contains(logs, "5 frames of camera were lost"));
  CHECK(contains(logs, R"({"begin":3.9,"end":4.5)"));
  CHECK(contains(logs, R"({"begin":2.0,"end":5.0,"why":"no sound"})"));
  CHECK(contains(logs, R"({"begin":7.0,"end":9.9,"why":"no sound"})"));
}

TEST_CASE("a policy that requires a consent refuses a recording without one") {
  Policy policy;
  policy.consent = ConsentRule::required;
  const test::TemporaryFolder folder;
  const Key key{folder.path()};
  try {
    const Recording recording{create_file(folder / "r.tar"), {key.identity.recipient()}, {.policy = policy}};
    FAIL("did not throw");
  } catch (const Error& e) {
    CHECK(e.code() == Errc::policy);
  }
  CHECK_NOTHROW(Recording{create_file(folder / "ok.tar"),
                          {key.identity.recipient()},
                          {.consent = {.given = true}, .policy = policy}});
}

TEST_CASE("options out of range are refused") {
  const auto refused = [](const RecordingOptions& options) {
    const test::TemporaryFolder folder;
    CHECK_THROWS_AS((Recording{create_file(folder / "r.tar"), {Identity::generate().recipient()}, options}),
                    Error);
  };
  refused({.segment = 11s});
  refused({.segment = 0s});
  refused({.quality = 5});
  refused({.keyframe_every = 0s});
  refused({.audio_bitrate = 1});
  refused({.video_codec = "no-such-codec"});
  const test::TemporaryFolder folder;
  CHECK_THROWS_AS((Recording{create_file(folder / "r.tar"), {}}), Error);
}

namespace {

/// Takes so many bytes and then has no space, like a full disk.
class FullDisk final : public ByteSink {
 public:
  FullDisk(std::unique_ptr<ByteSink> below, std::size_t space) : below_(std::move(below)), space_(space) {}
  void write(std::span<const std::byte> bytes) override {
    if (bytes.size() > space_) {
      below_->write(bytes.first(space_));
      space_ = 0;
      throw Error(Errc::io, "disk", "No space left on device");
    }
    space_ -= bytes.size();
    below_->write(bytes);
  }
  void sync() override { below_->sync(); }
  void close() override { below_->close(); }

 private:
  std::unique_ptr<ByteSink> below_;
  std::size_t space_;
};

/// What the first write says that fails; empty when none does.
std::string write_until_full(Recording& recording) {
  auto& video = recording.video();
  for (int i = 0; i < 3000; ++i) {
    try {
      video.write(frame(320, 240, i / 30.0, static_cast<std::uint64_t>(i), i * 7 % 100));
    } catch (const Error& e) {
      CHECK(e.code() == Errc::io);
      return e.what();
    }
  }
  return {};
}

/// Closing throws the first error, however often it is asked.
void close_says_again(Recording& recording, const std::string& first) {
  for (int again = 0; again < 2; ++again) {
    try {
      recording.close();
      FAIL("did not throw");
    } catch (const Error& e) {
      CHECK(e.what() == first);
    }
  }
}

}  // namespace

TEST_CASE("a full disk ends the recording with its first error; what was synced opens") {
  if (!tools()) return;
  const test::TemporaryFolder folder;
  const Key key{folder.path()};
  {
    Recording recording{std::make_unique<FullDisk>(create_file(folder / "r.tar"), 60'000),
                        {key.identity.recipient()}};
    const std::string first = write_until_full(recording);
    REQUIRE(contains(first, "No space left"));
    close_says_again(recording, first);
    CHECK_THROWS_AS(recording.gap(at(0), at(1), "x"), Error);
  }
  const Opened opened{folder.path(), folder / "r.tar", key.file};
  CHECK(test::decoded_times(opened.media(), "v:0").size() >= 30);
}

namespace {

/// A disk that fills up, but keeps what it promised.
class PromisingDisk final : public ByteSink {
 public:
  PromisingDisk(std::unique_ptr<ByteSink> below, std::size_t space)
      : below_(std::move(below)), space_(space) {}
  void write(std::span<const std::byte> bytes) override {
    if (bytes.size() > space_) throw Error(Errc::io, "disk", "written beyond what was promised");
    space_ -= bytes.size();
    below_->write(bytes);
  }
  [[nodiscard]] bool reserve(std::uint64_t bytes) override { return bytes <= space_; }
  void close() override { below_->close(); }
  [[nodiscard]] std::string name() const override { return "disk"; }

 private:
  std::unique_ptr<ByteSink> below_;
  std::size_t space_;
};

}  // namespace

TEST_CASE("a disk that fills up ends the recording early: whole, with a gap and a flag that say so") {
  const test::TemporaryFolder folder;
  const auto identity = Identity::generate();
  Recording recording{std::make_unique<PromisingDisk>(create_file(folder / "r.tar"), 400'000),
                      {identity.recipient()}};
  const std::string first = write_until_full(recording);
  CHECK(contains(first, "disk: No space left: the recording ended early, at "));
  CHECK(contains(first, "was closed whole"));
  close_says_again(recording, first);
  CHECK(verify(*open_file(folder / "r.tar")).state == RecordingState::whole);
  const Playback playback{open_file(folder / "r.tar"), {identity}};
  REQUIRE(playback.gaps().size() == 1);
  CHECK(playback.gaps().front().first == Timestamp{recording.statistics().media});
  CHECK(playback.gaps().front().second > playback.gaps().front().first);
  REQUIRE(!playback.flags().empty());
  CHECK(playback.flags().back().what == "ended_early");
  CHECK(playback.flags().back().kind == FlagKind::technical);
  CHECK(playback.flags().back().begin == playback.gaps().front().first);
}

TEST_CASE("a second part that finds the disk full ends where it began, not at the session's beginning") {
  const test::TemporaryFolder folder;
  const auto identity = Identity::generate();
  {
    Recording first{create_file(folder / "1.tar"), {identity.recipient()}};
    auto& video = first.video();
    for (int i = 0; i < 45; ++i) video.write(frame(96, 64, i / 30.0, static_cast<std::uint64_t>(i)));
    first.close();
  }
  RecordingOptions options;
  options.resumes = earlier_part(*open_file(folder / "1.tar"));
  options.resumes->begin = at(100);
  // 256 KiB are kept back, so that what is left takes the beginning but no segment.
  Recording second{std::make_unique<PromisingDisk>(create_file(folder / "2.tar"), 300'000),
                   {identity.recipient()},
                   options};
  auto& video = second.video();
  bool told = false;
  for (int i = 0; i < 300 && !told; ++i) {
    try {
      video.write(frame(640, 480, i / 30.0, static_cast<std::uint64_t>(i), i * 37 % 100));
    } catch (const Error& e) {
      CHECK(contains(e.what(), "the recording ended early, at 100.0 s"));
      told = true;
    }
  }
  CHECK(told);
  CHECK(second.statistics().segments == 0);
  const auto verified = verify(*open_file(folder / "2.tar"));
  CHECK(verified.state == RecordingState::whole);
  REQUIRE(verified.gaps.size() == 2);  // between the parts, and after the end
  CHECK(verified.gaps.back().first == at(100));
  CHECK(verified.gaps.back().second > at(100));
}

TEST_CASE("sinks may be fed from threads of their own") {
  if (!tools()) return;
  const test::TemporaryFolder folder;
  const Key key{folder.path()};
  Recording recording{create_file(folder / "r.tar"), {key.identity.recipient()}};
  auto& video = recording.video();
  auto& audio = recording.audio();
  {
    const std::jthread pictures{[&] {
      for (int i = 0; i < 150; ++i) video.write(frame(96, 64, i / 30.0, static_cast<std::uint64_t>(i)));
      video.close();
    }};
    const std::jthread noise{[&] {
      for (int i = 0; i < 250; ++i) audio.write(sound(i * 0.02, 0.02));
      audio.close();
    }};
    const std::jthread flags{[&] {
      for (int i = 0; i < 200; ++i)
        recording.flags().write(
            {.what = "speech", .begin = at(i * 0.01), .end = at(i * 0.02), .because = "a test"});
    }};
  }
  recording.close();
  const Opened opened{folder.path(), folder / "r.tar", key.file};
  CHECK(test::decoded_times(opened.media(), "v:0").size() == 150);
  CHECK(opened.count("s/*.plain") == 5);
}

TEST_CASE("segments: every track is waited for, but not for ever") {
  using recording::Segmenter;
  std::chrono::steady_clock::time_point now{};
  Segmenter segmenter{{.length = 1s, .keyframe_every = 4s}, [&] { return now; }};
  const int video = segmenter.add_pictures(), audio = segmenter.add_sound();
  const auto push = [&](int track, double t, double length, bool key = false) {
    segmenter.push({.track = track,
                    .time = at(t),
                    .duration = duration_from_seconds(length),
                    .keyframe = key,
                    .data = {}});
  };
  push(video, 0.0, 0.5, true);
  push(video, 0.5, 0.5);
  for (int i = 0; i < 60; ++i) push(audio, i * 0.02, 0.02, true);
  CHECK(!segmenter.next());  // a picture lasts until the next one comes
  push(video, 1.0, 0.5);
  auto first = segmenter.next();
  REQUIRE(first);
  CHECK(first->begin == at(0));
  CHECK(first->duration == 1s);
  CHECK(first->keyframe);
  CHECK(first->packets.size() == 52);
  CHECK(!segmenter.next());

  for (int i = 60; i < 150; ++i) push(audio, i * 0.02, 0.02, true);
  CHECK(!segmenter.next());
  now += 3s;  // the camera gives nothing
  push(audio, 3.0, 0.02, true);
  auto without = segmenter.next();
  REQUIRE(without);
  CHECK(without->begin == at(1));
  CHECK(!without->keyframe);
  REQUIRE(segmenter.next());

  push(video, 1.2, 0.5);  // late, and not lost
  push(video, 4.1, 0.5, true);
  push(audio, 4.0, 0.02, true);
  auto late = segmenter.next();
  REQUIRE(late);
  CHECK(late->begin == at(1));
  CHECK(late->packets.size() == 1);
  auto last_second = segmenter.next();
  REQUIRE(last_second);
  CHECK(last_second->begin == at(3));

  push(audio, 1e6, 0.02, true);  // far away: no segment in between
  segmenter.end(video);
  segmenter.end(audio);
  auto fourth = segmenter.next();
  REQUIRE(fourth);
  CHECK(fourth->begin == at(4));
  CHECK(fourth->keyframe);
  auto far = segmenter.next();
  REQUIRE(far);
  CHECK(far->begin == at(1e6));
  CHECK(far->duration == 20ms);
  CHECK(!segmenter.next());
}
