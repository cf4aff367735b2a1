// Plain media files of concealed frames, judged by ffprobe and ffmpeg.
#include "support.hpp"
#include "tool.hpp"

#include <invigil/error.hpp>
#include <invigil/idcard.hpp>
#include <invigil/media.hpp>
#include <invigil/media_writer.hpp>
#include <invigil/still.hpp>

#include <cmath>
#include <fstream>
#include <functional>

using namespace invigil;

namespace {

/// A copy of `in` through frames, nothing concealed.
void rewrite(const std::filesystem::path& in, const std::filesystem::path& out, bool lossless = false) {
  MediaFile file{in.string()};
  MediaWriter writer{out, {.like = in.string(), .start = file.info().start, .lossless = lossless}};
  const auto source = file.video();
  KeepUnredacted keep;
  while (auto frame = source->read({}))
    keep.process(std::move(*frame), [&](Frame f) { writer.video().write(std::move(f)); });
  writer.close();
}

std::string tool(const std::string& command) { return test::run_tool(command).output; }
std::string quoted(const std::filesystem::path& path) {
  std::string text{"'"};
  text += path.string();
  text += "'";
  return text;
}
std::string sound_of(const std::filesystem::path& file) {
  return tool("ffmpeg -nostdin -v error -i " + quoted(file) + " -map 0:a -f md5 -");
}
std::string pixels_of(const std::filesystem::path& file) {
  return tool("ffmpeg -nostdin -v error -i " + quoted(file) +
              " -vsync passthrough -map 0:v -f md5 -pix_fmt yuv420p -");
}
std::string size_of(const std::filesystem::path& file) {
  return tool("ffprobe -v error -select_streams v:0 -show_entries stream=width,height -of csv=p=0 " +
              quoted(file));
}
void make(const std::string& arguments, const std::filesystem::path& file) {
  REQUIRE(test::run_tool("ffmpeg -nostdin -v error -y " + arguments + " " + quoted(file)).status == 0);
}
void check_same_times(const std::filesystem::path& a, const std::filesystem::path& b,
                      double tolerance = 1e-6) {
  const auto was = test::decoded_times(a, "v:0"), is = test::decoded_times(b, "v:0");
  REQUIRE(!was.empty());
  REQUIRE(was.size() == is.size());
  for (std::size_t i = 0; i < was.size(); ++i) CHECK(std::abs(is[i] - was[i]) <= tolerance);
}

constexpr const char* picture = "-f lavfi -i testsrc2=size=320x240:rate=24000/1001:duration=2";
constexpr const char* odd_picture = "-f lavfi -i testsrc=size=161x91:rate=10:duration=1";
constexpr const char* tone = "-f lavfi -i sine=duration=2";

Errc code_of(const std::function<void()>& job) {
  try {
    job();
  } catch (const Error& e) {
    return e.code();
  }
  FAIL("did not throw");
  return Errc::closed;
}

}  // namespace

TEST_CASE("same size, frame count and time stamps, sound copied, in every container") {
  if (!test::tools_or_skip({"ffmpeg", "ffprobe"})) return;
  const test::TemporaryFolder folder;
  const std::pair<const char*, const char*> cases[] = {
      {"in.mp4", "out.mp4"}, {"in.ts", "out.mp4"}, {"in.mkv", "out.mkv"}, {"in.mov", "out.mov"}};
  for (const auto& [in, out] : cases) {
    const test::TemporaryFolder own;
    make(std::string{picture} + " " + tone + " -c:v libx264 -c:a aac", own / in);
    rewrite(own / in, own / out);
    check_same_times(own / in, own / out);
    CHECK(sound_of(own / in) == sound_of(own / out));
    CHECK(size_of(own / out).starts_with("320,240"));
  }
  make(std::string{picture} + " " + tone + " -c:v libx264 -c:a aac", folder / "in.mp4");
  rewrite(folder / "in.mp4", folder / "out.mkv");
  check_same_times(folder / "in.mp4", folder / "out.mkv", 0.0006);  // Matroska counts milliseconds
  make(std::string{picture} + " " + tone + " -c:v libvpx -c:a libopus", folder / "in.webm");
  rewrite(folder / "in.webm", folder / "out.webm");
  check_same_times(folder / "in.webm", folder / "out.webm");
  CHECK(sound_of(folder / "in.webm") == sound_of(folder / "out.webm"));
}

TEST_CASE("an odd size is kept") {
  if (!test::tools_or_skip({"ffmpeg", "ffprobe"})) return;
  for (const char* out : {"out.mp4", "out.mkv", "out.webm"}) {
    const test::TemporaryFolder folder;
    make(std::string{odd_picture} + " -c:v libvpx", folder / "in.webm");
    rewrite(folder / "in.webm", folder / out, true);
    CHECK(size_of(folder / out).starts_with("161,91"));
    CHECK(pixels_of(folder / "in.webm") == pixels_of(folder / out));
  }
}

TEST_CASE("lossless keeps every pixel") {
  if (!test::tools_or_skip({"ffmpeg", "ffprobe"})) return;
  const test::TemporaryFolder folder;
  make(std::string{picture} + " -c:v libx264", folder / "in.mp4");
  rewrite(folder / "in.mp4", folder / "out.mp4", true);
  CHECK(pixels_of(folder / "in.mp4") == pixels_of(folder / "out.mp4"));
}

TEST_CASE("what cannot be written is refused, and leaves nothing") {
  if (!test::tools_or_skip({"ffmpeg"})) return;
  const test::TemporaryFolder folder;
  make(std::string{picture} + " " + tone + " -c:v libx264 -c:a aac", folder / "in.mp4");
  CHECK(code_of([&] { rewrite(folder / "in.mp4", folder / "out.webm"); }) ==
        Errc::unsupported);  // AAC in WebM
  CHECK(code_of([&] { rewrite(folder / "in.mp4", folder / "out.avi"); }) == Errc::unsupported);
  CHECK(code_of([&] { rewrite(folder / "in.mp4", folder / "no" / "out.mp4"); }) == Errc::io);
  CHECK(code_of([&] { MediaWriter{folder / "empty.mp4"}.close(); }) == Errc::argument);
  std::ofstream{folder / "text.mp4"} << "not a media file";
  CHECK(code_of([&] {
          MediaWriter{folder / "x.mp4", {.like = (folder / "text.mp4").string()}};
        }) == Errc::bad_header);
  rewrite(folder / "in.mp4", folder / "out.mp4");
  CHECK(code_of([&] { rewrite(folder / "in.mp4", folder / "out.mp4"); }) == Errc::io);  // exists
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{folder.path()}) ++files;
  CHECK(files == 3);
}

TEST_CASE("a still without a document comes back exactly: 8 and 16 bits, grey, transparent") {
  if (!test::tools_or_skip({"ffmpeg"})) return;
  const test::TemporaryFolder folder;
  const auto samples = [](const std::filesystem::path& file, const std::string& format) {
    return tool("ffmpeg -nostdin -v error -i " + quoted(file) + " -f rawvideo -pix_fmt " + format + " -");
  };
  for (const char* format : {"rgb24", "rgba", "gray", "rgb48be", "gray16be", "rgba64be"}) {
    const auto in = folder / (std::string{format} + ".png"),
               out = folder / (std::string{format} + "-out.png");
    make("-f lavfi -i testsrc=size=97x61 -frames:v 1 -pix_fmt " + std::string{format}, in);
    const auto sink = create_file(out);
    const auto result = redact_still_file(in, *sink, ".png");
    sink->close();
    CHECK(result.width == 97);
    CHECK(result.height == 61);
    if (result.concealed.empty()) CHECK(samples(in, format) == samples(out, format));
  }
}

TEST_CASE("stills that cannot be read or written") {
  const test::TemporaryFolder folder;
  const auto sink = create_file(folder / "out.png");
  std::ofstream{folder / "text.png"} << "not a picture";
  std::ofstream{folder / "empty.png"};
  CHECK(code_of([&] { redact_still_file(folder / "text.png", *sink, ".png"); }) == Errc::bad_header);
  CHECK(code_of([&] { redact_still_file(folder / "empty.png", *sink, ".png"); }) == Errc::bad_header);
  CHECK(code_of([&] { redact_still_file(folder / "none.png", *sink, ".png"); }) == Errc::io);
  CHECK(code_of([&] { redact_still_file(folder / "text.png", *sink, ".xyz"); }) == Errc::unsupported);
}
