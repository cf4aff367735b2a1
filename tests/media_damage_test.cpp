// Media that is damaged, hostile or none at all.
#include "media/ebml.hpp"
#include "media_support.hpp"

#include <algorithm>
#include <chrono>

#include <unistd.h>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

const std::string picture = "-f lavfi -i testsrc2=size=160x120:rate=30:duration=2 ";
const std::string sine = "-f lavfi -i sine=duration=2 ";

}  // namespace

TEST_CASE("what is no media says so, with the name") {
  const TemporaryFolder folder;
  CHECK(error_of((folder / "absent.mp4").string()).code() == Errc::io);
  CHECK(error_of(folder.path().string()).code() == Errc::io);
  CHECK(error_of("").code() == Errc::argument);
  write_bytes(folder / "empty.mp4", "");
  CHECK(error_of((folder / "empty.mp4").string()).code() == Errc::bad_header);
  write_bytes(folder / "text.mp4", "Dear candidate,\nthe exam begins at nine.\nYours\n");
  const auto text = error_of((folder / "text.mp4").string());
  CHECK(text.code() == Errc::bad_header);
  CHECK(text.where() == (folder / "text.mp4").string());
  std::string subtitles = "1\n00:00:01,000 --> 00:00:02,000\nhello\n\n";
  write_bytes(folder / "subtitles.mp4", subtitles + subtitles);
  CHECK(error_of((folder / "subtitles.mp4").string()).code() == Errc::bad_header);
  // Text art that libav would draw, and a list that names another file.
  write_bytes(folder / "art.mp4", "\x1b[2J\x1b[1;31mred\x1b[0m\n");
  CHECK(error_of((folder / "art.mp4").string()).code() == Errc::bad_header);
  write_bytes(folder / "list.mp4",
              "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n");
  const auto list = error_of((folder / "list.mp4").string()).code();
  CHECK((list == Errc::bad_header || list == Errc::unsupported));
  write_bytes(folder / "secret.mp4", "x");
  std::filesystem::permissions(folder / "secret.mp4", std::filesystem::perms::none);
  if (geteuid() != 0) CHECK(error_of((folder / "secret.mp4").string()).code() == Errc::io);
  CHECK(error_of("nosuchscheme://host/x").code() == Errc::io);
  CHECK(error_of("http://127.0.0.1:9/x.mp4", {.timeout = 2s}).code() == Errc::io);
  std::string noise(100'000, '\0');
  std::uint32_t state = 1;
  for (auto& c : noise) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  write_bytes(folder / "noise.mp4", noise);
  CHECK(error_of((folder / "noise.mp4").string()).code() == Errc::bad_header);
}

TEST_CASE("cut off anywhere: what decodes comes, then the name and the second") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg(picture + sine + "-c:v libx264 -preset ultrafast -g 15 -c:a aac -movflags +faststart " +
         (folder / "a.mp4").string());
  ffmpeg(picture + sine + "-c:v libvpx -deadline realtime -c:a libopus " + (folder / "a.webm").string());
  // As a browser's recorder writes it: no sizes of the whole and no index.
  ffmpeg("-i " + (folder / "a.webm").string() + " -c copy -f webm -live 1 pipe:1 > " +
         (folder / "live.webm").string());
  CHECK_FALSE(read_all(folder / "live.webm").error());
  for (const std::string name : {"a.mp4", "a.webm", "live.webm"}) {
    const auto whole = bytes_of(folder / name);
    std::size_t most = 0;
    for (std::size_t twelfth = 1; twelfth < 12; ++twelfth) {
      CAPTURE(name);
      CAPTURE(twelfth);
      write_bytes(folder / "cut", whole.substr(0, whole.size() * twelfth / 12));
      try {
        const auto outcome = read_all(folder / "cut");
        REQUIRE(outcome.error());
        CHECK(outcome.error()->code() ==
              (outcome.frames.empty() && outcome.blocks.empty() ? Errc::bad_header : Errc::truncated));
        CHECK(outcome.error()->where().starts_with((folder / "cut").string()));
        if (!outcome.frames.empty()) CHECK(outcome.error()->where().ends_with(" s"));
        CHECK_FALSE((outcome.video_error && outcome.audio_error));
        CHECK(outcome.frames.size() >= most);
        most = outcome.frames.size();
      } catch (const Error& e) {  // within the header
        CHECK(e.code() == Errc::truncated);
      }
    }
    CHECK(most > 45);
    CHECK(most < 60);
  }
}

TEST_CASE("an MP4 whose recorder was never stopped has no index") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg(picture + "-c:v libx264 -preset ultrafast " + (folder / "a.mp4").string());
  const auto whole = bytes_of(folder / "a.mp4");
  write_bytes(folder / "cut.mp4", whole.substr(0, whole.size() / 2));
  const auto error = error_of((folder / "cut.mp4").string());
  CHECK(error.code() == Errc::truncated);
  CHECK(std::string{error.what()}.find("moov") != std::string::npos);
}

TEST_CASE("damage in the middle costs its own pictures, and is told at the end") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg(picture + sine + "-c:v mjpeg -c:a pcm_s16le " + (folder / "a.mkv").string());
  auto bytes = bytes_of(folder / "a.mkv");
  for (std::size_t i = 0; i < 600; ++i) bytes[bytes.size() / 2 + i] = static_cast<char>(0x55 + i * 7);
  write_bytes(folder / "hurt.mkv", bytes);
  const auto outcome = read_all(folder / "hurt.mkv");
  CHECK(outcome.frames.size() >= 55);
  CHECK(strictly_rising(outcome.frames));
  ffmpeg(picture + sine + "-c:v libx264 -preset ultrafast -g 15 -c:a aac -movflags +faststart " +
         (folder / "b.mp4").string());
  bytes = bytes_of(folder / "b.mp4");
  for (std::size_t i = 0; i < 3000; ++i) bytes[bytes.size() / 2 + i] = static_cast<char>(i * 31);
  write_bytes(folder / "hurt.mp4", bytes);
  const auto second = read_all(folder / "hurt.mp4");
  REQUIRE(second.error());
  CHECK(second.error()->code() == Errc::truncated);
  CHECK(second.frames.size() > 40);
}

TEST_CASE("flipped bytes anywhere neither crash nor hang") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg(picture + sine + "-c:v libx264 -preset ultrafast -c:a aac -t 0.5 " + (folder / "a.mp4").string());
  ffmpeg(picture + sine + "-c:v libvpx -deadline realtime -c:a libopus -t 0.5 " +
         (folder / "a.webm").string());
  for (const std::string name : {"a.mp4", "a.webm"}) {
    const auto whole = bytes_of(folder / name);
    std::uint32_t state = 7;
    for (int round = 0; round < 40; ++round) {
      auto hurt = whole;
      for (int i = 0; i < 20; ++i) {
        state = state * 1664525 + 1013904223;
        hurt[state % hurt.size()] = static_cast<char>(state >> 24);
      }
      write_bytes(folder / "hurt", hurt);
      try {
        const auto outcome = read_all(folder / "hurt");
        CHECK(strictly_rising(outcome.frames));
      } catch (const Error& e) {
        CHECK(std::string{e.what()}.size() > 10);
      }
    }
  }
}

TEST_CASE("sizes from one pixel to 8K, and not beyond 16384") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg("-f lavfi -i color=gray:size=2x2:rate=5:duration=1 -vf scale=1:1 -c:v ffv1 -pix_fmt yuv420p " +
         (folder / "one.mkv").string());
  const auto one = read_all(folder / "one.mkv", true);
  REQUIRE(one.frames.size() == 5);
  CHECK(one.frames[0].image.width() == 1);
  ffmpeg("-f lavfi -i color=gray:size=7680x4320:rate=2:duration=1 -c:v libx264 -preset ultrafast " +
         (folder / "8k.mp4").string());
  const auto large = read_all(folder / "8k.mp4");
  REQUIRE(large.frames.size() == 2);
  CHECK(large.frames[0].image.width() == 7680);
  ffmpeg("-f lavfi -i color=gray:size=16400x16:rate=1 -frames:v 1 " + (folder / "wide.png").string());
  CHECK(error_of((folder / "wide.png").string()).code() == Errc::unsupported);
}

TEST_CASE("a change of size is scaled into the first, with its proportions") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg("-f lavfi -i color=white:size=160x120:rate=10:duration=1 -c:v mpeg2video " +
         (folder / "a.ts").string());
  ffmpeg("-f lavfi -i color=white:size=64x128:rate=10:duration=1 -c:v mpeg2video " +
         (folder / "b.ts").string());
  write_bytes(folder / "ab.ts", bytes_of(folder / "a.ts") + bytes_of(folder / "b.ts"));
  const auto outcome = read_all(folder / "ab.ts", true);
  REQUIRE(outcome.frames.size() >= 18);
  CHECK(strictly_rising(outcome.frames));
  for (const auto& frame : outcome.frames) {
    CHECK(frame.image.width() == 160);
    CHECK(frame.image.height() == 120);
  }
  const auto& last = outcome.frames.back().image;
  CHECK(last.luma().row(60)[80] > 200);
  CHECK(last.luma().row(60)[5] < 30);  // bars beside a tall picture
}

TEST_CASE("times that start again go on, for picture and sound alike") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg(picture + sine + "-c:v mpeg2video -c:a mp2 " + (folder / "a.ts").string());
  const auto once = bytes_of(folder / "a.ts");
  write_bytes(folder / "twice.ts", once + once);
  const auto outcome = read_all(folder / "twice.ts");
  CHECK(outcome.frames.size() >= 118);
  CHECK(strictly_rising(outcome.frames));
  CHECK(std::abs(seconds(outcome.frames.back().time) - 4) < 0.2);
  const auto& last = outcome.blocks.back();
  CHECK(std::abs(seconds(last.time() + last.duration()) - 4) < 0.2);
}

TEST_CASE("a header without a frame rate does no harm") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg(picture + "-c:v libvpx -deadline realtime -f webm -live 1 pipe:1 > " +
         (folder / "live.webm").string());
  const auto live = read_all(folder / "live.webm");
  CHECK(live.frames.size() == 60);
  ffmpeg(picture + "-c:v libx264 -preset ultrafast -f h264 " + (folder / "raw.h264").string());
  const auto raw = read_all(folder / "raw.h264");
  CHECK(raw.frames.size() == 60);
  CHECK(strictly_rising(raw.frames));
}

TEST_CASE("a Matroska stream is known to end between elements or inside one") {
  const std::vector<std::uint8_t> stream{0x1A, 0x45, 0xDF, 0xA3, 0x81, 0x00,  // EBML header of one byte
                                         0x18, 0x53, 0x80, 0x67, 0xFF,        // Segment, size unknown
                                         0x1F, 0x43, 0xB6, 0x75, 0xFF,        // Cluster, size unknown
                                         0xE7, 0x40, 0x02, 0x12, 0x34,        // Timestamp of two bytes
                                         0x1F, 0x43, 0xB6, 0x75, 0x84, 0xE7,
                                         0x82, 0,    0};  // Cluster of four bytes
  const std::vector<std::size_t> ends{6, 11, 16, 21, 30};
  for (std::size_t n = 1; n <= stream.size(); ++n) {
    CAPTURE(n);
    media::EbmlWatch watch;
    for (std::size_t i = 0; i < n; ++i) watch.pass(std::span{stream}.subspan(i, 1));
    const bool between = std::find(ends.begin(), ends.end(), n) != ends.end();
    CHECK(watch.cut_off(0) == (n > 4 && !between));
    if (n == 18) CHECK_FALSE(watch.cut_off(4));
  }
  media::EbmlWatch other;
  const std::string text = "no Matroska at all";
  other.pass({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  CHECK_FALSE(other.cut_off(0));
}
