// Media files as they should be.
#include "media/open.hpp"
#include "media_support.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

const std::string picture = "-f lavfi -i testsrc2=size=160x120:rate=30:duration=2 ";
const std::string sine = "-f lavfi -i sine=frequency=440:sample_rate=44100:duration=2 ";
const std::string cheap = "-c:v libx264 -preset ultrafast -g 15 ";

double level(const std::vector<AudioBlock>& blocks, int channel = 0) {
  double sum = 0;
  std::size_t n = 0;
  for (const auto& b : blocks)
    for (const float x : b.channel(channel)) sum += double(x) * double(x), ++n;
  return std::sqrt(sum / double(std::max<std::size_t>(n, 1)));
}

/// Blocks follow each other without a hole.
bool unbroken(const std::vector<AudioBlock>& blocks) {
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    const auto due = blocks[i - 1].time() + blocks[i - 1].duration();
    if (blocks[i].time() - due > 1us || due - blocks[i].time() > 1us) return false;
  }
  return true;
}

class Bytes final : public ByteSource {
 public:
  explicit Bytes(std::string bytes, bool seekable = true) : bytes_(std::move(bytes)), seekable_(seekable) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const auto n = std::min(buffer.size(), bytes_.size() - at_);
    std::copy_n(reinterpret_cast<const std::byte*>(bytes_.data()) + at_, n, buffer.begin());
    at_ += n;
    return n;
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    return seekable_ ? std::optional<std::uint64_t>{bytes_.size()} : std::nullopt;
  }
  void seek(std::uint64_t offset) override { at_ = std::min<std::size_t>(offset, bytes_.size()); }

 private:
  std::string bytes_;
  bool seekable_;
  std::size_t at_ = 0;
};

}  // namespace

TEST_CASE("pictures and sound come whole, in order and in sync") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  for (const std::string name : {"a.mp4", "a.mkv", "a.webm"}) {
    CAPTURE(name);
    const bool webm = name == "a.webm";
    ffmpeg(picture + sine + (webm ? "-c:v libvpx -deadline realtime -c:a libopus " : cheap + "-c:a aac ") +
           (folder / name).string());
    MediaFile file{(folder / name).string()};
    CHECK(file.info().has_video);
    CHECK(file.info().has_audio);
    CHECK_FALSE(file.info().still);
    CHECK(file.info().width == 160);
    CHECK(file.info().height == 120);
    CHECK(std::abs(file.info().rate - 30) < 0.1);
    CHECK(file.info().channels == 1);
    CHECK(std::abs(seconds(file.info().duration.value()) - 2) < 0.1);
    const auto outcome = read_all(file);
    CHECK_FALSE(outcome.error());
    REQUIRE(outcome.frames.size() == 60);
    for (std::size_t i = 0; i < 60; ++i) {
      CHECK(outcome.frames[i].index == i);
      CHECK(std::abs(seconds(outcome.frames[i].time - outcome.frames[0].time) - double(i) / 30) < 0.0011);
    }
    CHECK(seconds(outcome.frames[0].time) < 0.025);
    CHECK(std::abs(double(outcome.samples()) / 48000 - 2) < 0.05);  // Matroska keeps AAC's padding
    CHECK(unbroken(outcome.blocks));
    CHECK(seconds(outcome.blocks[0].time()) < 0.025);
    CHECK(outcome.blocks[0].size() == 960);
    CHECK(std::abs(level(outcome.blocks) - 0.125 / std::sqrt(2)) < 0.01);
  }
}

TEST_CASE("4:2:0 is handed on without a copy, everything else is converted") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  for (const std::string format : {"yuv420p", "yuvj420p", "yuv444p", "yuv422p10le"}) {
    CAPTURE(format);
    const auto path = folder / (format + ".mkv");
    ffmpeg("-f lavfi -i color=red:size=66x34:rate=5:duration=1 -vf scale=65:33,format=" + format +
           " -c:v ffv1 " + path.string());
    const auto outcome = read_all(path, true);
    REQUIRE(outcome.frames.size() == 5);
    const auto& image = outcome.frames[2].image;
    CHECK(image.width() == 65);
    CHECK(image.height() == 33);
    const auto rgb = image.to_rgb();
    CHECK(rgb[0] >= 250);
    CHECK(rgb[1] <= 5);
    CHECK(rgb[2] <= 5);
  }
  ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=5:duration=1 -pix_fmt yuvj422p -c:v mjpeg " +
         (folder / "full.mkv").string());
  const auto full = read_all(folder / "full.mkv", true);
  CHECK(full.frames[0].image.color().range == ColorRange::full);
  ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=5:duration=1 -c:v libx264 -colorspace bt709 " +
         (folder / "hd.mkv").string());
  CHECK(read_all(folder / "hd.mkv", true).frames[0].image.color().matrix == ColorMatrix::bt709);
}

TEST_CASE("phone clips stand upright as ffmpeg shows them") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg("-f lavfi -i testsrc2=size=96x64:rate=5:duration=1 " + cheap + "-pix_fmt yuv420p " +
         (folder / "plain.mp4").string());
  for (const int angle : {0, 90, 180, 270}) {
    CAPTURE(angle);
    const auto turned = folder / ("turned" + std::to_string(angle) + ".mp4");
    const auto shown = folder / ("shown" + std::to_string(angle) + ".yuv");
    ffmpeg("-i " + (folder / "plain.mp4").string() +
           " -c copy -metadata:s:v:0 rotate=" + std::to_string(angle) + " " + turned.string());
    ffmpeg("-i " + turned.string() + " -frames:v 1 -f rawvideo -pix_fmt yuv420p " + shown.string());
    MediaFile file{turned.string()};
    CHECK(file.info().width == (angle % 180 ? 64 : 96));
    CHECK(file.info().height == (angle % 180 ? 96 : 64));
    const auto outcome = read_all(file, true);
    REQUIRE(outcome.frames.size() == 5);
    const auto& image = outcome.frames[0].image;
    REQUIRE(image.width() == file.info().width);
    std::string pixels;
    for (int i = 0; i < 3; ++i)
      for (int y = 0; y < image.plane(i).height; ++y)
        pixels.append(reinterpret_cast<const char*>(image.plane(i).row(y)),
                      std::size_t(image.plane(i).width));
    CHECK(pixels == bytes_of(shown));
  }
}

TEST_CASE("variable frame rates keep their own times") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  const auto path = folder / "vfr.mkv";
  ffmpeg(picture + "-vf \"select='not(mod(n,3))+lt(n,12)'\" -fps_mode vfr " + cheap + path.string());
  const auto outcome = read_all(path);
  const auto expected = decoded_times(path, "v:0");
  REQUIRE(outcome.frames.size() == expected.size());
  REQUIRE(expected.size() == 28);
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(std::abs(seconds(outcome.frames[i].time) - (expected[i] - expected[0])) < 1e-6);
}

TEST_CASE("sound of other rates and channels becomes 48 kHz, mono or stereo") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  struct Case {
    const char* name;
    const char* encoding;
    int channels;
  };
  for (const auto& test :
       {Case{"mono.wav", "-ac 1 -ar 8000", 1}, Case{"stereo.flac", "-ac 2 -ar 96000", 2},
        Case{"surround.mkv", "-ac 6 -ar 44100 -c:a ac3", 2}, Case{"phone.mp3", "-ac 1 -ar 22050", 1},
        Case{"wide.wav", "-ac 1 -ar 44100 -c:a pcm_f32le", 1}}) {
    const std::string name = test.name;
    CAPTURE(name);
    ffmpeg(sine + test.encoding + " " + (folder / name).string());
    MediaFile file{(folder / name).string()};
    CHECK_FALSE(file.info().has_video);
    CHECK(file.info().channels == test.channels);
    CHECK_THROWS_AS((void)file.video(), Error);
    const auto outcome = read_all(file);
    CHECK_FALSE(outcome.error());
    CHECK(outcome.blocks[0].channels() == test.channels);
    CHECK(std::abs(double(outcome.samples()) / 48000 - 2) < 0.06);
    CHECK(unbroken(outcome.blocks));
    CHECK(level(outcome.blocks) > 0.02);
    CHECK(level(outcome.blocks) < 0.2);
  }
}

TEST_CASE("a hole in the sound stays a hole") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  const auto path = folder / "hole.mkv";
  ffmpeg(sine + "-af \"aselect='lt(t,0.5)+gte(t,1.5)'\" -c:a pcm_s16le " + path.string());
  const auto outcome = read_all(path);
  Duration hole{};
  for (std::size_t i = 1; i < outcome.blocks.size(); ++i)
    hole = std::max(
        hole, outcome.blocks[i].time() - (outcome.blocks[i - 1].time() + outcome.blocks[i - 1].duration()));
  CHECK(std::abs(seconds(hole) - 1) < 0.05);
  CHECK(std::abs(seconds(outcome.blocks.back().time() + outcome.blocks.back().duration()) - 2) < 0.05);
}

TEST_CASE("either stream may be missing, start later or end earlier") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg(picture + cheap + (folder / "silent.mp4").string());
  MediaFile silent{(folder / "silent.mp4").string()};
  CHECK_FALSE(silent.info().has_audio);
  CHECK_THROWS_AS((void)silent.audio(), Error);
  CHECK(read_all(silent).frames.size() == 60);

  ffmpeg(picture + "-f lavfi -i sine=duration=0.5 " + cheap + "-c:a aac " + (folder / "short.mp4").string());
  const auto uneven = read_all(folder / "short.mp4");
  CHECK(uneven.frames.size() == 60);
  CHECK(std::abs(double(uneven.samples()) / 48000 - 0.5) < 0.03);
  CHECK_FALSE(uneven.error());

  ffmpeg("-itsoffset 1 " + picture + sine + cheap + "-c:a pcm_s16le -copyts " +
         (folder / "later.mkv").string());
  const auto later = read_all(folder / "later.mkv");
  CHECK(std::abs(seconds(later.frames[0].time) - 1) < 0.01);
  CHECK(later.blocks[0].time() == Timestamp{});
}

TEST_CASE("only one of two kinds may be read, or one after the other, or one dropped midway") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  const auto path = (folder / "both.mkv").string();
  ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=30:duration=20 -f lavfi -i sine=duration=20 " + cheap +
         "-c:a libopus " + path);
  {
    MediaFile file{path};
    Outcome outcome;
    read_audio(*file.audio(), outcome);
    CHECK(std::abs(double(outcome.samples()) / 48000 - 20) < 0.05);
  }
  {
    MediaFile file{path};
    auto audio = file.audio();
    auto video = file.video();
    Outcome outcome;
    read_video(*video, outcome, false);  // 20 s of sound wait meanwhile, more than is kept without need
    read_audio(*audio, outcome);
    CHECK(outcome.frames.size() == 600);
    CHECK(std::abs(double(outcome.samples()) / 48000 - 20) < 0.05);
  }
  {
    MediaFile file{path};
    auto audio = file.audio();
    auto video = file.video();
    CHECK(audio->read({}));
    audio.reset();
    Outcome outcome;
    read_video(*video, outcome, false);
    CHECK(outcome.frames.size() == 600);
  }
  MediaFile file{path};
  auto video = file.video();
  CHECK_THROWS_AS((void)file.video(), Error);
  CHECK(video->read({}));
  CHECK_THROWS_AS((void)file.audio(), Error);  // too late: its beginning has passed
}

TEST_CASE("stills") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  for (const std::string name : {"a.png", "a.jpg", "a.bmp", "a.gif", "a.webp"}) {
    CAPTURE(name);
    ffmpeg("-f lavfi -i testsrc=size=67x45:rate=1 -frames:v 1 " + (folder / name).string());
    MediaFile file{(folder / name).string()};
    CHECK(file.info().still);
    CHECK(file.info().width == 67);
    CHECK(file.info().height == 45);
    CHECK_FALSE(file.info().duration);
    const auto outcome = read_all(file, true);
    REQUIRE(outcome.frames.size() == 1);
    CHECK(outcome.frames[0].time == Timestamp{});
    CHECK(outcome.frames[0].image.width() == 67);
    CHECK_FALSE(outcome.error());
  }
  ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=10:duration=1 " + (folder / "moving.gif").string());
  MediaFile moving{(folder / "moving.gif").string()};
  CHECK_FALSE(moving.info().still);
  CHECK(read_all(moving).frames.size() == 10);
}

TEST_CASE("the same input gives the same pictures, sound and times") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg(picture + sine + cheap + "-c:a aac " + (folder / "a.mp4").string());
  const auto first = read_all(folder / "a.mp4", true), second = read_all(folder / "a.mp4", true);
  REQUIRE(first.frames.size() == second.frames.size());
  REQUIRE(first.blocks.size() == second.blocks.size());
  for (std::size_t i = 0; i < first.frames.size(); ++i) {
    CHECK(first.frames[i].time == second.frames[i].time);
    CHECK(first.frames[i].image.to_rgb() == second.frames[i].image.to_rgb());
  }
  for (std::size_t i = 0; i < first.blocks.size(); ++i) {
    CHECK(first.blocks[i].time() == second.blocks[i].time());
    CHECK(first.blocks[i].mono() == second.blocks[i].mono());
  }
}

TEST_CASE("bytes from elsewhere, seekable or not") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg(picture + sine + cheap + "-c:a aac " + (folder / "a.mp4").string());
  ffmpeg("-i " + (folder / "a.mp4").string() + " -c:v copy -c:a copy " + (folder / "a.mkv").string());
  const auto mp4 = bytes_of(folder / "a.mp4"), mkv = bytes_of(folder / "a.mkv");
  auto seekable = media::open_media(std::make_unique<Bytes>(mp4), "upload");
  CHECK(read_all(seekable).frames.size() == 60);
  auto growing = media::open_media(std::make_unique<Bytes>(mkv, false), "upload");
  CHECK(read_all(growing).frames.size() == 60);
  try {  // an MP4 with its index at its end
    auto file = media::open_media(std::make_unique<Bytes>(mp4, false), "upload");
    const auto outcome = read_all(file);
    REQUIRE(outcome.error());
    CHECK(outcome.error()->code() == Errc::unsupported);
  } catch (const Error& e) {
    CHECK(e.code() == Errc::unsupported);
  }
}

TEST_CASE("a browser's WebM that grows in a pipe is read as it comes") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  const auto source = folder / "live.webm";
  ffmpeg(picture + sine +
         "-c:v libvpx -deadline realtime -c:a libopus -f webm -live 1 -cluster_time_limit 200 pipe:1 > " +
         source.string());
  const auto bytes = bytes_of(source);
  const auto pipe = folder / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  std::jthread writer([&] {
    const int fd = ::open(pipe.c_str(), O_WRONLY);
    for (std::size_t at = 0; at < bytes.size(); at += 1000) {
      const auto n = std::min<std::size_t>(1000, bytes.size() - at);
      if (::write(fd, bytes.data() + at, n) < 0) break;
      std::this_thread::sleep_for(5ms);
    }
    ::close(fd);
  });
  const auto outcome = read_all(pipe);
  CHECK(outcome.frames.size() == 60);
  CHECK(std::abs(double(outcome.samples()) / 48000 - 2) < 0.05);
  CHECK_FALSE(outcome.error());
}

TEST_CASE("a stop is heard within a second, and silence ends in an error") {
  const TemporaryFolder folder;
  const auto pipe = folder / "pipe";
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(error_of(pipe.string(), {.timeout = 200ms}).code() == Errc::io);  // nobody writes
  CHECK(std::chrono::steady_clock::now() - begin < 2s);

  if (!tools_or_skip({"ffmpeg"})) return;
  ffmpeg(picture + "-c:v libvpx -deadline realtime -f webm -live 1 pipe:1 > " +
         (folder / "live.webm").string());
  const auto bytes = bytes_of(folder / "live.webm");
  const int keep_open = ::open(pipe.c_str(), O_RDWR);
  std::jthread writer([&] { CHECK(::write(keep_open, bytes.data(), bytes.size()) > 0); });
  MediaFile file{pipe.string()};
  auto video = file.video();
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(500ms);
    stop.request_stop();
  });
  std::size_t frames = 0;
  const auto start = std::chrono::steady_clock::now();
  while (video->read(stop.get_token())) ++frames;
  CHECK(std::chrono::steady_clock::now() - start < 1500ms);
  CHECK(frames > 30);
  writer.join();
  ::close(keep_open);
}

TEST_CASE("real time keeps the pace of the media") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=10:duration=1 -c:v ffv1 " + (folder / "a.mkv").string());
  MediaFile file{(folder / "a.mkv").string(), {.realtime = true}};
  auto video = file.video();
  CHECK(video->live());
  const auto start = std::chrono::steady_clock::now();
  std::size_t frames = 0;
  while (video->read({})) ++frames;
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(frames == 10);
  CHECK(took > 800ms);
}

TEST_CASE("test sources") {
  auto video = test_video("testsrc2=size=64x48:rate=10:duration=1");
  Outcome outcome;
  read_video(*video, outcome, false);
  REQUIRE(outcome.frames.size() == 10);
  CHECK(outcome.frames[9].time == from_seconds(0.9));
  CHECK(outcome.frames[9].index == 9);
  CHECK(outcome.frames[0].image.width() == 64);
  auto audio = test_audio("sine=frequency=440:duration=1");
  read_audio(*audio, outcome);
  CHECK(outcome.samples() == 48000);
  CHECK(unbroken(outcome.blocks));
  for (const char* wrong : {"", "nosuchfilter", "testsrc2=size=what", "split", "testsrc2,split"}) {
    CAPTURE(wrong);
    try {
      (void)test_video(wrong);
      FAIL("nothing was thrown");
    } catch (const Error& e) {
      CHECK(e.code() == Errc::argument);
    }
  }
  CHECK_THROWS_AS((void)test_audio("testsrc2"), Error);
}

TEST_CASE("real clips are read as ffprobe counts them") {
  const auto data = test_data("real clips");
  if (!data || !tools_or_skip({"ffprobe"})) return;
  std::vector<std::filesystem::path> clips;
  for (const auto& entry : std::filesystem::directory_iterator(*data / "behaviour" / "videos"))
    clips.push_back(entry);
  CHECK_FALSE(clips.empty());
  for (const auto& clip : clips) {
    CAPTURE(clip.string());
    const auto outcome = read_all(clip);
    CHECK_FALSE(outcome.error());
    CHECK(outcome.frames.size() == decoded_times(clip, "v:0").size());
    CHECK(strictly_rising(outcome.frames));
  }
}
