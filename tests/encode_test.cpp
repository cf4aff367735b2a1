// What the encoders and the fragment muxer give, judged by ffprobe and ffmpeg.
#include "media/encode.hpp"

#include "media/fragment.hpp"
#include "support.hpp"
#include "tool.hpp"

#include <invigil/error.hpp>

#include <cmath>
#include <fstream>
#include <numbers>

using namespace invigil;
using namespace invigil::media;
using namespace std::chrono_literals;

namespace {

Timestamp at(double s) { return from_seconds(s); }

/// A picture with some structure that changes with `n`.
Image picture(int width, int height, int n, ColorInfo color = {}) {
  Image image{width, height, color};
  for (int p = 0; p < 3; ++p) {
    const auto plane = image.mutable_plane(p);
    for (int y = 0; y < plane.height; ++y)
      for (int x = 0; x < plane.width; ++x)
        plane.row(y)[x] = static_cast<std::uint8_t>(40 + (x * 3 + y * 2 + n * 5 * (p + 1)) % 160);
  }
  return image;
}

Image flat(int width, int height, int luma) {
  Image image{width, height};
  const auto plane = image.mutable_plane(0);
  for (int y = 0; y < height; ++y) std::fill_n(plane.row(y), width, static_cast<std::uint8_t>(luma));
  return image;
}

AudioBlock tone(double begin, double length, int channels = 1, double frequency = 440) {
  const auto n = static_cast<std::size_t>(std::llround(length * AudioBlock::rate));
  std::vector<float> samples(n * static_cast<std::size_t>(channels));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = 0.5F * static_cast<float>(std::sin(2 * std::numbers::pi * frequency *
                                                    static_cast<double>(i % n) / AudioBlock::rate));
  return {at(begin), channels, std::move(samples)};
}

/// A file made of an init segment and one fragment a second.
class Writer {
 public:
  explicit Writer(std::filesystem::path path) : path_(std::move(path)) {}
  int add(const TrackFormat& format) { return muxer.add(format); }
  EmitPacket to(int track) {
    return [this, track](Packet packet) {
      packet.track = track;
      packets_.push_back(std::move(packet));
    };
  }
  void finish() {
    put(muxer.init());
    std::stable_sort(packets_.begin(), packets_.end(),
                     [](const Packet& a, const Packet& b) { return a.time < b.time; });
    Timestamp border{1s};
    for (auto& packet : packets_) {
      while (packet.time >= border) {
        fragment(muxer.cut());
        border += 1s;
      }
      muxer.write(std::move(packet));
    }
    fragment(muxer.finish());
  }

  FragmentMuxer muxer;
  std::vector<Bytes> fragments;

 private:
  void fragment(Bytes bytes) {
    if (bytes.empty()) return;
    put(bytes);
    fragments.push_back(std::move(bytes));
  }
  void put(const Bytes& bytes) {
    std::ofstream out{path_, std::ios::binary | std::ios::app};
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  std::filesystem::path path_;
  std::vector<Packet> packets_;
};

std::vector<std::string> boxes(const Bytes& bytes) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i + 8 <= bytes.size();) {
    std::size_t size = 0;
    for (std::size_t k = 0; k < 4; ++k) size = size << 8 | std::to_integer<std::size_t>(bytes[i + k]);
    names.emplace_back(reinterpret_cast<const char*>(&bytes[i + 4]), 4);
    if (size < 8) break;
    i += size;
  }
  return names;
}

std::string probe(const std::filesystem::path& file, const std::string& stream, const std::string& entry) {
  auto text = test::run_tool("ffprobe -v error -select_streams " + stream + " -show_entries " + entry +
                             " -of csv=p=0 '" + file.string() + "'")
                  .output;
  while (!text.empty() && (text.back() == '\n' || text.back() == ',')) text.pop_back();
  return text;
}

/// Where the sound first rises, seconds.
double onset(const std::vector<float>& sound, double from = 0) {
  for (auto i = static_cast<std::size_t>(from * AudioBlock::rate); i < sound.size(); ++i)
    if (std::abs(sound[i]) > 0.1F) return static_cast<double>(i) / AudioBlock::rate;
  return -1;
}
double silence_from(const std::vector<float>& sound, double from) {
  for (auto i = static_cast<std::size_t>(from * AudioBlock::rate); i + 480 < sound.size(); ++i) {
    bool quiet = true;
    for (std::size_t k = i; k < i + 480 && quiet; ++k) quiet = std::abs(sound[k]) < 0.02F;
    if (quiet) return static_cast<double>(i) / AudioBlock::rate;
  }
  return -1;
}

struct Encoded {
  TrackFormat format;
  std::vector<Packet> packets;
};
Encoded encode(const VideoEncoding& encoding, const std::vector<std::pair<Image, Timestamp>>& frames) {
  VideoEncoder encoder{encoding};
  Encoded out{encoder.format(), {}};
  const EmitPacket keep = [&](Packet p) { out.packets.push_back(std::move(p)); };
  for (const auto& [image, time] : frames) encoder.encode(image, time, keep);
  encoder.flush(keep);
  return out;
}
void write(Writer& writer, const Encoded& encoded) {
  const auto put = writer.to(writer.add(encoded.format));
  for (const auto& packet : encoded.packets) put(packet);
}

}  // namespace

TEST_CASE("fragments: one moof and one mdat each, and all of them one playable file in sync") {
  if (!test::tools_or_skip({"ffprobe", "ffmpeg"})) return;
  const test::TemporaryFolder folder;
  Writer writer{folder / "av.mp4"};
  VideoEncoder video{{.width = 320, .height = 240}};
  AudioEncoder audio{{}};
  const int v = writer.add(video.format()), a = writer.add(audio.format());
  for (int i = 0; i < 150; ++i)  // a flash and a beep at 2 s
    video.encode(flat(320, 240, i >= 60 && i < 63 ? 230 : 30), at(i / 30.0), writer.to(v));
  for (int i = 0; i < 250; ++i) {
    const double t = i * 0.02;
    audio.encode(
        i >= 100 && i < 110 ? tone(t, 0.02, 1, 1000) : AudioBlock{at(t), 1, std::vector<float>(960, 0.0F)},
        writer.to(a));
  }
  video.flush(writer.to(v));
  audio.flush(writer.to(a));
  writer.finish();

  REQUIRE(writer.fragments.size() >= 5);
  for (const auto& fragment : writer.fragments)
    CHECK(boxes(fragment) == std::vector<std::string>{"moof", "mdat"});
  const auto times = test::decoded_times(folder / "av.mp4", "v:0");
  REQUIRE(times.size() == 150);
  for (std::size_t i = 0; i < times.size(); ++i)
    CHECK(times[i] == doctest::Approx(static_cast<double>(i) / 30).epsilon(1e-5));
  const auto sound = test::played_sound(folder / "av.mp4");
  CHECK(static_cast<double>(sound.size()) / 48000 == doctest::Approx(5.0).epsilon(0.01));
  CHECK(onset(sound) == doctest::Approx(2.0).epsilon(0.001));
  CHECK(probe(folder / "av.mp4", "v:0", "stream=codec_name") == "h264");
  CHECK(probe(folder / "av.mp4", "a:0", "stream=codec_name") == "opus");
}

TEST_CASE("a track that begins late keeps its own time") {
  if (!test::tools_or_skip({"ffprobe", "ffmpeg"})) return;
  const test::TemporaryFolder folder;
  Writer writer{folder / "late.mp4"};
  AudioEncoder audio{{}};
  VideoEncoder video{{.width = 64, .height = 64}};
  const int a = writer.add(audio.format()), v = writer.add(video.format());
  audio.encode(tone(1.5, 1.5), writer.to(a));
  audio.flush(writer.to(a));
  for (int i = 0; i < 60; ++i) video.encode(picture(64, 64, i), at(0.7 + i / 30.0), writer.to(v));
  video.flush(writer.to(v));
  writer.finish();
  CHECK(onset(test::played_sound(folder / "late.mp4")) == doctest::Approx(1.5).epsilon(0.003));
  const auto times = test::decoded_times(folder / "late.mp4", "v:0");
  REQUIRE(times.size() == 60);
  CHECK(times[0] == doctest::Approx(0.7).epsilon(1e-4));
}

TEST_CASE("irregular frame times are kept, equal ones moved apart by a tick") {
  if (!test::tools_or_skip({"ffprobe"})) return;
  const test::TemporaryFolder folder;
  const std::vector<double> wanted{0.0, 0.04, 0.041, 0.9, 0.9, 2.35001, 2.4, 7.0, 7.033333};
  std::vector<std::pair<Image, Timestamp>> frames;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    frames.emplace_back(picture(64, 48, static_cast<int>(i)), at(wanted[i]));
  Writer writer{folder / "vfr.mp4"};
  write(writer, encode({.width = 64, .height = 48, .rate = 10}, frames));
  writer.finish();
  const auto times = test::decoded_times(folder / "vfr.mp4", "v:0");
  REQUIRE(times.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(std::abs(times[i] - wanted[i]) <= 2.1 / 90000);
}

TEST_CASE("keyframes stand at the multiples of their distance, at any frame rate") {
  std::vector<std::pair<Image, Timestamp>> frames;
  for (int i = 0; i < 50; ++i) frames.emplace_back(picture(64, 48, i), at(0.3 + i * 0.17));
  const auto encoded = encode({.width = 64, .height = 48, .keyframe_every = 2s}, frames);
  REQUIRE(encoded.packets.size() == 50);
  for (std::size_t i = 1; i < 50; ++i) {
    const auto second = [&](std::size_t k) { return std::floor(seconds(encoded.packets[k].time) / 2.0); };
    if (second(i) != second(i - 1)) CHECK(encoded.packets[i].keyframe);
  }
  CHECK(encoded.packets[0].keyframe);
}

TEST_CASE("odd sizes and a single pixel are recorded, padded to even") {
  if (!test::tools_or_skip({"ffprobe"})) return;
  const std::pair<int, int> sizes[] = {{1, 1}, {2, 1}, {3, 7}, {641, 359}};
  for (const auto& [width, height] : sizes) {
    const test::TemporaryFolder folder;
    Writer writer{folder / "odd.mp4"};
    write(writer, encode({.width = width, .height = height},
                         {{picture(width, height, 0), at(0)}, {picture(width, height, 1), at(0.1)}}));
    writer.finish();
    CHECK(test::decoded_times(folder / "odd.mp4", "v:0").size() == 2);
    CHECK(probe(folder / "odd.mp4", "v:0", "stream=width,height") ==
          std::to_string((width + 1) / 2 * 2) + "," + std::to_string((height + 1) / 2 * 2));
  }
}

TEST_CASE("an odd size is refused where the size must be exact, but for VP9") {
  CHECK_THROWS_AS(VideoEncoder({.codec = "libx264", .width = 33, .height = 20, .exact_size = true}), Error);
  CHECK_NOTHROW(VideoEncoder({.codec = "libvpx-vp9", .width = 33, .height = 21, .exact_size = true}));
}

TEST_CASE("8K is recorded") {
  if (!test::tools_or_skip({"ffprobe"})) return;
  const test::TemporaryFolder folder;
  Writer writer{folder / "8k.mp4"};
  write(writer, encode({.width = 7680, .height = 4320}, {{flat(7680, 4320, 90), at(0)}}));
  writer.finish();
  CHECK(test::decoded_times(folder / "8k.mp4", "v:0").size() == 1);
}

TEST_CASE("a change of size or colour is converted to the track's") {
  if (!test::tools_or_skip({"ffprobe", "ffmpeg"})) return;
  const test::TemporaryFolder folder;
  Image full{320, 240, {.range = ColorRange::full}};
  std::vector<std::pair<Image, Timestamp>> frames{
      {flat(320, 240, 200), at(0)}, {flat(320, 120, 200), at(0.1)}, {full, at(0.2)},
      {flat(1, 1, 200), at(0.3)},   {flat(4000, 2, 200), at(0.4)},  {flat(319, 240, 200), at(0.5)}};
  Writer writer{folder / "sizes.mp4"};
  write(writer, encode({.width = 320, .height = 240}, frames));
  writer.finish();
  const auto gray = test::run_tool("ffmpeg -nostdin -v error -i '" + (folder / "sizes.mp4").string() +
                                   "' -vsync passthrough -f rawvideo -pix_fmt yuv420p -")
                        .output;
  const std::size_t size = 320 * 240 * 3 / 2;
  REQUIRE(gray.size() == frames.size() * size);
  const auto luma = [&](std::size_t frame, std::size_t x, std::size_t y) {
    return static_cast<int>(static_cast<unsigned char>(gray[frame * size + y * 320 + x]));
  };
  CHECK(std::abs(luma(0, 160, 120) - 200) < 4);
  CHECK(std::abs(luma(1, 160, 120) - 200) < 4);  // the picture, its shape kept
  CHECK(luma(1, 160, 20) < 24);                  // a black bar above it
  CHECK(std::abs(luma(2, 160, 120) - 16) < 4);   // black of the full range became black of the limited
  CHECK(std::abs(luma(5, 319, 120) - 200) < 4);  // one pixel short: repeated
}

TEST_CASE("VP8 goes into Matroska, one Cluster a cut") {
  if (!test::tools_or_skip({"ffprobe", "ffmpeg"})) return;
  const test::TemporaryFolder folder;
  Writer writer{folder / "vp8.mkv"};
  VideoEncoder video{{.codec = "libvpx", .width = 161, .height = 120}};
  AudioEncoder audio{{}};
  const int v = writer.add(video.format()), a = writer.add(audio.format());
  for (int i = 0; i < 150; ++i) video.encode(picture(161, 120, i), at(i / 30.0), writer.to(v));
  audio.encode(tone(1.0, 4.0), writer.to(a));
  video.flush(writer.to(v));
  audio.flush(writer.to(a));
  writer.finish();
  CHECK(writer.muxer.container() == "matroska");
  for (std::size_t i = 0; i + 1 < writer.fragments.size(); ++i) {
    const auto& f = writer.fragments[i];
    REQUIRE(f.size() > 4);
    CHECK(std::to_integer<int>(f[0]) == 0x1F);  // Cluster: 1F 43 B6 75
    CHECK(std::to_integer<int>(f[1]) == 0x43);
  }
  const auto times = test::decoded_times(folder / "vp8.mkv", "v:0");
  REQUIRE(times.size() == 150);
  for (std::size_t i = 0; i < 150; ++i) CHECK(std::abs(times[i] - static_cast<double>(i) / 30) < 0.001);
  CHECK(onset(test::played_sound(folder / "vp8.mkv")) == doctest::Approx(1.0).epsilon(0.003));
  CHECK(probe(folder / "vp8.mkv", "v:0", "stream=width,height") == "161,120");
}

TEST_CASE("holes in the sound become silence, overlaps are cut, long holes interrupt the track") {
  if (!test::tools_or_skip({"ffmpeg"})) return;
  const test::TemporaryFolder folder;
  Writer writer{folder / "holes.mp4"};
  AudioEncoder audio{{}};
  const int a = writer.add(audio.format());
  audio.encode(tone(0.5, 0.5), writer.to(a));
  audio.encode(tone(0.6, 0.5), writer.to(a));    // 0.4 s of it were there: ends at 1.1
  audio.encode(tone(1.6, 0.4), writer.to(a));    // a hole of 0.5 s
  audio.encode(tone(9.0, 0.5), writer.to(a));    // an interruption of 7 s
  audio.encode(tone(9.502, 0.5), writer.to(a));  // 2 ms of jitter: taken as it comes
  audio.flush(writer.to(a));
  writer.finish();
  const auto sound = test::played_sound(folder / "holes.mp4");
  CHECK(onset(sound) == doctest::Approx(0.5).epsilon(0.01));
  CHECK(silence_from(sound, 0.7) == doctest::Approx(1.1).epsilon(0.01));
  CHECK(onset(sound, 1.2) == doctest::Approx(1.6).epsilon(0.005));
  CHECK(silence_from(sound, 1.7) == doctest::Approx(2.0).epsilon(0.01));
  CHECK(onset(sound, 2.2) == doctest::Approx(9.0).epsilon(0.002));
  CHECK(silence_from(sound, 9.2) == doctest::Approx(10.0).epsilon(0.002));
}

TEST_CASE("sound: other channel counts, not-a-numbers, nothing at all") {
  std::vector<Packet> packets;
  const EmitPacket keep = [&](Packet p) { packets.push_back(std::move(p)); };
  AudioEncoder audio{{.channels = 2}};
  audio.encode(tone(0.0, 0.5, 2), keep);
  audio.encode(tone(0.5, 0.5, 1), keep);
  audio.encode(tone(1.0, 0.5, 6), keep);
  audio.encode({at(1.5), 1, std::vector<float>(960, std::nanf(""))}, keep);
  audio.encode({at(1.52), 1, {}}, keep);
  audio.flush(keep);
  REQUIRE(!packets.empty());
  CHECK(packets.back().time + packets.back().duration >= at(1.52));
  for (const auto& p : packets) CHECK(p.time >= Timestamp{});
  packets.clear();
  AudioEncoder nothing{{}};
  nothing.flush(keep);
  CHECK(packets.empty());
}

TEST_CASE("lossless: every pixel comes back") {
  if (!test::tools_or_skip({"ffmpeg"})) return;
  for (const char* codec : {"libx264", "libvpx-vp9"}) {
    const test::TemporaryFolder folder;
    Writer writer{folder / "exact.mp4"};
    const auto image = picture(98, 66, 3);
    write(writer, encode({.codec = codec, .width = 98, .height = 66, .lossless = true}, {{image, at(0)}}));
    writer.finish();
    const auto raw = test::run_tool("ffmpeg -nostdin -v error -i '" + (folder / "exact.mp4").string() +
                                    "' -f rawvideo -pix_fmt yuv420p -")
                         .output;
    std::string expected;
    for (int p = 0; p < 3; ++p)
      for (int y = 0; y < image.plane(p).height; ++y)
        expected.append(reinterpret_cast<const char*>(image.plane(p).row(y)),
                        static_cast<std::size_t>(image.plane(p).width));
    CHECK(raw == expected);
  }
}

TEST_CASE("an encoder that is not there is named") {
  try {
    const VideoEncoder none{{.codec = "no-such-codec", .width = 64, .height = 64}};
    FAIL("did not throw");
  } catch (const Error& e) {
    CHECK(e.code() == Errc::unsupported);
    CHECK(std::string{e.what()}.find("no-such-codec") != std::string::npos);
  }
}

TEST_CASE("pictures go in without a copy and are let go") {
  VideoEncoder encoder{{.width = 64, .height = 64}};
  auto image = picture(64, 64, 0);
  const auto* pixels = image.luma().data;
  std::vector<Packet> packets;
  const EmitPacket keep = [&](Packet p) { packets.push_back(std::move(p)); };
  encoder.encode(image, at(0), keep);
  encoder.flush(keep);
  CHECK(image.mutable_plane(0).data == pixels);  // nobody else holds it any more: no copy
  CHECK(packets.size() == 1);
}
