// A browser's recording in numbered chunks: doubled, out of order, lost.
#include "media/chunk_log.hpp"
#include "media_support.hpp"
#include "memory.hpp"

#include <invigil/chunks.hpp>
#include <invigil/idcard.hpp>
#include <invigil/session.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <thread>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

/// As a browser's recorder writes it, with a keyframe twice a second.
std::string recorded(const std::string& size = "160x120", const std::string& more = "", double length = 4) {
  const TemporaryFolder folder;
  const auto duration = std::to_string(length);
  ffmpeg("-f lavfi -i testsrc2=size=" + size + ":rate=30:duration=" + duration +
         " -f lavfi -i sine=duration=" + duration + " -c:v libvpx -deadline realtime -g 15 -c:a libopus " +
         more + " -f webm -live 1 pipe:1 > " + (folder / "live.webm").string());
  return bytes_of(folder / "live.webm");
}
const std::string& clip() {
  static const std::string bytes = recorded();
  return bytes;
}

std::vector<std::string> cut(const std::string& bytes, std::size_t pieces) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < pieces; ++i) {
    const auto begin = bytes.size() * i / pieces, end = bytes.size() * (i + 1) / pieces;
    all.push_back(bytes.substr(begin, end - begin));
  }
  return all;
}

std::span<const std::byte> view(const std::string& text) { return std::as_bytes(std::span{text}); }

/// Pushes everything and ends.
void push_all(Chunks& chunks, const std::vector<std::string>& pieces,
              const std::vector<std::size_t>& left_out = {}) {
  for (std::size_t i = 0; i < pieces.size(); ++i)
    if (std::ranges::find(left_out, i) == left_out.end()) chunks.push(i, view(pieces[i]));
  chunks.end();
}

Outcome read_chunks(Chunks& chunks) {
  MediaFile file{chunks.source(), "exam page"};
  return read_all(file, true);
}

std::vector<Flag> flags_of(Chunks& chunks) {
  std::vector<Flag> all;
  const auto flags = chunks.flags();
  while (auto flag = flags->read({})) all.push_back(std::move(*flag));
  return all;
}

std::string pixels_of(const RawFrame& frame) {
  std::string pixels;
  for (int y = 0; y < frame.image.height(); ++y)
    pixels.append(reinterpret_cast<const char*>(frame.image.luma().row(y)),
                  static_cast<std::size_t>(frame.image.width()));
  return pixels;
}

using Pictures = std::map<Timestamp, std::string>;
Pictures pictures_of(const std::string& bytes) {
  Chunks chunks;
  push_all(chunks, {bytes});
  Pictures by_time;
  for (const auto& frame : read_chunks(chunks).frames) by_time[frame.time] = pixels_of(frame);
  REQUIRE(by_time.size() == 120);
  return by_time;
}
/// The pictures of the whole clip, by their times.
const Pictures& whole() {
  static const auto pictures = pictures_of(clip());
  return pictures;
}

/// Every picture is one of the whole clip, at its time and with its pixels: none is made of the wrong ones.
void check_pictures(const Outcome& outcome, const Pictures& all = whole()) {
  CHECK(strictly_rising(outcome.frames));
  for (const auto& frame : outcome.frames) {
    CAPTURE(seconds(frame.time));
    const auto found = all.find(frame.time);
    REQUIRE(found != all.end());
    CHECK(found->second == pixels_of(frame));
  }
}

/// What is missing lies within the flags, and they claim little more. The last may have no end that is known.
void check_gaps(const Outcome& outcome, const std::vector<Flag>& flags, const Pictures& all = whole()) {
  auto missing = all;
  for (const auto& frame : outcome.frames) missing.erase(frame.time);
  for (const auto& one : missing) {
    const auto inside = [t = one.first](const Flag& f) {
      const bool open = f.because.ends_with("nothing after it could be read") ||
                        f.because.ends_with("its end never arrived");
      return f.begin <= t + 40ms && (open || t <= f.end + 40ms);
    };
    CHECK_MESSAGE(std::ranges::any_of(flags, inside), seconds(one.first));
  }
  for (const auto& flag : flags) {
    CHECK(flag.what == "gap");
    CHECK(flag.kind == FlagKind::technical);
    const auto inside = [&](const auto& m) {
      return flag.begin - 40ms <= m.first && m.first <= flag.end + 40ms;
    };
    CHECK(std::ranges::any_of(missing, inside));
    CHECK(flag.end - flag.begin < 1200ms);
  }
}

Errc error_of_reading(Chunks& chunks, std::string* message = nullptr) {
  const auto code = thrown_by(
      [&] {
        const auto outcome = read_chunks(chunks);
        if (outcome.error()) throw Error{*outcome.error()};
      },
      message);
  REQUIRE(code);
  return *code;
}

}  // namespace

TEST_CASE("chunks in order are the recording, down to single bytes") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  write_bytes(folder / "live.webm", clip());
  const auto file = read_all(folder / "live.webm", true);
  for (const std::size_t pieces : {std::size_t{1}, std::size_t{7}, std::size_t{40}, clip().size()}) {
    CAPTURE(pieces);
    Chunks chunks{{.most_bytes = std::size_t{256} << 20}};  // of single bytes
    const auto all = cut(clip(), pieces);
    std::jthread pusher([&] { push_all(chunks, all); });
    const auto outcome = read_chunks(chunks);
    CHECK_FALSE(outcome.error());
    check_pictures(outcome);
    CHECK(outcome.frames.size() == file.frames.size());
    CHECK(outcome.frames.back().time == file.frames.back().time);
    CHECK(outcome.samples() == file.samples());
    CHECK(flags_of(chunks).empty());
    const auto counted = chunks.statistics();
    CHECK(counted.received == pieces);
    CHECK(counted.bytes == clip().size());
    CHECK(counted.doubled + counted.reordered + counted.lost + counted.late + counted.waiting == 0);
  }
}

TEST_CASE("chunks that come twice and out of order are put right, empty ones do no harm") {
  if (!tools_or_skip({"ffmpeg"})) return;
  auto pieces = cut(clip(), 40);
  pieces.insert(pieces.begin() + 20, "");
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < pieces.size(); ++i) order.insert(order.end(), {i, i});
  for (std::size_t i = 0; i < order.size(); i += 10)
    std::shuffle(order.begin() + long(i), order.begin() + long(std::min(i + 10, order.size())),
                 std::mt19937{7});
  std::ranges::reverse(order.begin(), order.begin() + 20);
  Chunks chunks;
  std::size_t taken = 0;
  for (const auto i : order) taken += chunks.push(i, view(pieces[i])) ? 1 : 0;
  chunks.end();
  const auto outcome = read_chunks(chunks);
  CHECK_FALSE(outcome.error());
  check_pictures(outcome);
  CHECK(outcome.frames.size() == 120);
  CHECK(flags_of(chunks).empty());
  CHECK(taken == 41);
  CHECK(chunks.statistics().received == 41);
  CHECK(chunks.statistics().doubled == 41);
  CHECK(chunks.statistics().differing == 0);
  CHECK(chunks.statistics().reordered > 5);
}

TEST_CASE("after a lost chunk reading goes on at the next keyframe, and the gap is told") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  // An ordinary file as well: its clusters tell their sizes.
  write_bytes(folder / "live.webm", clip());
  ffmpeg("-i " + (folder / "live.webm").string() + " -c copy " + (folder / "file.webm").string());
  for (const auto& bytes : {clip(), bytes_of(folder / "file.webm")}) {
    const auto pieces = cut(bytes, 40);
    const auto all = pictures_of(bytes);
    for (const std::size_t lost : {3U, 11U, 23U, 38U, 39U}) {
      CAPTURE(lost);
      Chunks chunks;
      push_all(chunks, pieces, {lost});
      const auto outcome = read_chunks(chunks);
      CHECK_FALSE(outcome.error());
      check_pictures(outcome, all);
      CHECK(outcome.frames.size() >= (lost < 30 ? 90U : 80U));
      CHECK(outcome.frames.size() < 120);
      const auto flags = flags_of(chunks);
      // What comes last is not known to be missing; that it ends within a picture is.
      REQUIRE(flags.size() == 1);
      check_gaps(outcome, flags, all);
      if (lost < 39)
        CHECK(
            flags[0].because.starts_with("chunk " + std::to_string(lost) + " of the page's recording never"));
      CHECK(chunks.statistics().lost == (lost < 39 ? 1 : 0));
    }
  }
}

TEST_CASE("many lost chunks cost what hangs on them") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const auto pieces = cut(clip(), 60);
  Chunks chunks;
  push_all(chunks, pieces, {9, 10, 11, 24, 25, 44, 58});
  const auto outcome = read_chunks(chunks);
  CHECK_FALSE(outcome.error());
  check_pictures(outcome);
  CHECK(outcome.frames.size() > 45);
  const auto flags = flags_of(chunks);
  REQUIRE(flags.size() == 4);
  CHECK(flags[0].because.starts_with("chunks 9 to 11 of the page's recording never arrived; "));
  check_gaps(outcome, flags);
  CHECK(chunks.statistics().lost == 7);
  CHECK_FALSE(outcome.blocks.empty());
}

TEST_CASE("without the first chunk there is no header, and the error says so") {
  if (!tools_or_skip({"ffmpeg"})) return;
  Chunks chunks{{.name = "desk 7", .wait = 50ms}};
  const auto pieces = cut(clip(), 10);
  for (std::size_t i = 1; i < pieces.size(); ++i) chunks.push(i, view(pieces[i]));
  std::string message;
  CHECK(error_of_reading(chunks, &message) == Errc::truncated);
  CHECK(message.find("desk 7: chunk 0, which holds the header, never arrived") == 0);
  CHECK(thrown_by([&] { chunks.push(0, view(pieces[0])); }) == Errc::closed);
  REQUIRE(flags_of(chunks).size() == 1);
}

TEST_CASE("a recorder that was started anew goes on, with another size and other track numbers") {
  if (!tools_or_skip({"ffmpeg"})) return;
  auto pieces = cut(clip(), 20);
  // Its pictures are track 2, its sound is track 1.
  const auto again = cut(recorded("320x120", "-map 1 -map 0"), 20);
  for (const bool header_lost : {false, true}) {
    CAPTURE(header_lost);
    auto both = pieces;
    both.insert(both.end(), again.begin(), again.end());
    Chunks chunks;
    push_all(chunks, both, header_lost ? std::vector<std::size_t>{19, 21} : std::vector<std::size_t>{});
    const auto outcome = read_chunks(chunks);
    CHECK_FALSE(outcome.error());
    CHECK(strictly_rising(outcome.frames));
    CHECK(outcome.frames.size() >= (header_lost ? 200U : 240U));
    CHECK(outcome.frames.size() <= 240);
    CHECK(std::abs(seconds(outcome.frames.back().time) - 8) < 0.3);
    CHECK(std::abs(seconds(outcome.blocks.back().time()) - 8) < 0.3);
    const auto& last = outcome.frames.back().image;
    CHECK(last.width() == 160);
    CHECK(last.luma().row(5)[80] < 30);  // bars above a wide picture
    CHECK(last.luma().row(60)[20] > 30);
    const auto flags = flags_of(chunks);
    CHECK(flags.size() == (header_lost ? 2 : 0));
  }
  // A format that the first header does not have cannot go on.
  auto other = cut(recorded("160x120", "-c:v libvpx-vp9 -cpu-used 8", 1), 4);
  pieces.insert(pieces.end(), other.begin(), other.end());
  Chunks chunks;
  push_all(chunks, pieces);
  std::string message;
  CHECK(error_of_reading(chunks, &message) == Errc::unsupported);
  CHECK(message.find("V_VP9") != std::string::npos);
}

TEST_CASE("a recording that ends without its last chunk waits for it, then says so") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const auto pieces = cut(clip(), 20);
  for (const bool comes : {false, true}) {
    CAPTURE(comes);
    Chunks chunks{{.wait = comes ? Duration{1min} : Duration{100ms}}};
    for (std::size_t i = 0; i < 19; ++i) chunks.push(i, view(pieces[i]));
    CHECK(thrown_by([&] { chunks.end(17); }) == Errc::argument);
    CHECK(thrown_by([&] { chunks.end(1'000'000); }) == Errc::argument);
    chunks.end(19);
    CHECK(thrown_by([&] { chunks.push(20, view(pieces[0])); }) == Errc::closed);
    if (comes) CHECK(chunks.push(19, view(pieces[19])));
    const auto outcome = read_chunks(chunks);
    CHECK_FALSE(outcome.error());
    check_pictures(outcome);
    const auto flags = flags_of(chunks);
    REQUIRE(flags.size() == (comes ? 0 : 1));
    if (!comes) CHECK(flags[0].because.find("chunk 19 of the page's recording never arrived") == 0);
    CHECK(chunks.statistics().lost == (comes ? 0 : 1));
  }
}

TEST_CASE("chunks of a format other than WebM are read, but not beyond a loss") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg(
      "-f lavfi -i testsrc2=size=160x120:rate=30:duration=2 -c:v libx264 -preset ultrafast -g 15 "
      "-movflags frag_keyframe+empty_moov " +
      (folder / "a.mp4").string());
  const auto pieces = cut(bytes_of(folder / "a.mp4"), 10);
  Chunks entire;
  push_all(entire, pieces);
  CHECK(read_chunks(entire).frames.size() == 60);
  Chunks torn;
  push_all(torn, pieces, {7});
  MediaFile file{torn.source(), "exam page"};
  const auto outcome = read_all(file);
  REQUIRE(outcome.error());
  CHECK(outcome.error()->code() == Errc::truncated);
  CHECK(std::string{outcome.error()->what()}.find("chunk 7 never arrived") != std::string::npos);
  CHECK(outcome.frames.size() >= 30);
}

TEST_CASE("damaged and hostile bytes are skipped, and told") {
  if (!tools_or_skip({"ffmpeg"})) return;
  std::mt19937 random{3};
  int told = 0;
  for (int round = 0; round < 30; ++round) {
    auto bytes = clip();
    for (int i = 0; i < 40; ++i) bytes[200 + random() % (bytes.size() - 200)] = static_cast<char>(random());
    Chunks chunks;
    push_all(chunks, cut(bytes, 13));
    try {
      const auto outcome = read_chunks(chunks);
      CHECK(strictly_rising(outcome.frames));
    } catch (const Error& e) {
      CHECK(std::string{e.what()}.size() > 10);
    }
    for (const auto& flag : flags_of(chunks))
      told += flag.because.find("arrived damaged") != std::string::npos ? 1 : 0;
  }
  CHECK(told > 0);
}

TEST_CASE("when nothing comes, reading ends after the timeout; the end ends it at once") {
  Chunks chunks{{.timeout = 200ms}};
  std::string message;
  CHECK(error_of_reading(chunks, &message) == Errc::io);
  CHECK(message.find("nothing came for 0.2 s") != std::string::npos);
  Chunks ended{{.timeout = 1h}};
  std::jthread later([&] {
    std::this_thread::sleep_for(100ms);
    ended.end();
  });
  CHECK(error_of_reading(ended) == Errc::bad_header);
  CHECK(thrown_by([&] { (void)ended.source(); }) == Errc::closed);
}

TEST_CASE("whoever waits for chunks can be stopped, and nobody is left waiting") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const auto pieces = cut(clip(), 20);
  for (const std::string how : {"destroyed", "stopped", "limit"}) {
    CAPTURE(how);
    Chunks chunks{{.timeout = 1h}};
    for (std::size_t i = 0; i < 15; ++i) chunks.push(i, view(pieces[i]));
    auto file = std::make_unique<MediaFile>(chunks.source(), "exam page");
    auto began = Clock::now();
    if (how == "destroyed") {
      auto video = file->video();
      for (int i = 0; i < 10; ++i) REQUIRE(video->read({}));
    } else {
      Session session;
      Collect<Frame> frames;
      Collect<Flag> flags;
      session.add(file->video()).via(KeepUnredacted{}).to(frames);
      session.add(chunks.flags()).to(flags);
      std::jthread stopper;
      if (how == "stopped")
        stopper = std::jthread([&] {
          std::this_thread::sleep_for(300ms);
          began = Clock::now();
          session.stop();
        });
      if (how == "limit")
        session.run_for(1s);
      else
        session.run();
      CHECK(frames.items.size() > 20);
    }
    file.reset();
    CHECK(Clock::now() - began < 10s);  // and not an hour
    CHECK(thrown_by([&] { chunks.push(15, view(pieces[15])); }) == Errc::closed);
  }
}

TEST_CASE("a missing chunk is waited for, and not longer than that") {
  Chunks chunks{{.wait = 300ms}};
  const auto source = chunks.source();
  std::array<std::byte, 16> buffer{};
  chunks.push(0, view("aaaa"));
  CHECK(source->read(buffer) == 4);
  const auto began = Clock::now();
  chunks.push(2, view("c"));
  std::jthread later([&] {
    std::this_thread::sleep_for(50ms);
    chunks.push(1, view("bb"));
  });
  CHECK(source->read(buffer) == 2);
  CHECK(source->read(buffer) == 1);
  later.join();
  const auto missing = Clock::now();
  chunks.push(4, view("e"));
  CHECK(thrown_by([&] { (void)source->read(buffer); }) == Errc::truncated);  // no WebM
  CHECK(Clock::now() - missing >= 300ms);
  CHECK(Clock::now() - began < 1min);
}

TEST_CASE("a page cannot fill the memory, nor run ahead") {
  constexpr std::size_t most = 1 << 20;
  Chunks chunks{{.most_bytes = most}};
  const auto source = chunks.source();
  const std::string piece(100'000, 'x'), half(most / 2 - 256, 'x');
  CHECK(thrown_by([&] { chunks.push(0, view(half + "x")); }) == Errc::argument);
  CHECK(thrown_by([&] { chunks.push(10'001, view(piece)); }) == Errc::argument);
  CHECK(thrown_by([&] { chunks.push(UINT64_MAX, view(piece)); }) == Errc::argument);
  std::uint64_t n = 1;
  std::string message;
  while (!thrown_by([&] { chunks.push(n, view(piece)); }, &message)) ++n;
  CHECK(n == 6);
  CHECK(message.find("no room for chunk 6") != std::string::npos);
  CHECK(chunks.statistics().waiting <= most / 2);
  CHECK(chunks.push(0, view(half)));  // whatever came before, the one that is due fits
  CHECK(chunks.statistics().waiting <= most);
  CHECK(thrown_by([&] { chunks.push(6, view(half)); }) == Errc::io);
  std::vector<std::byte> buffer(1 << 20);
  CHECK(source->read(buffer) == half.size());
  CHECK(chunks.push(6, view(piece)));
  // Chunks of nothing need room as well.
  Chunks empty{{.most_bytes = most, .furthest = UINT64_MAX}};
  n = 0;
  while (!thrown_by([&] { empty.push(n + 1, {}); })) ++n;
  CHECK(n == most / 2 / 256);
}

TEST_CASE("after the end nothing is taken, and what differs is told") {
  Chunks chunks{{.first = 5}};
  CHECK(chunks.push(5, view("\x1A\x45\xDF\xA3")));
  CHECK_FALSE(chunks.push(5, view("other")));
  CHECK_FALSE(chunks.push(4, view("before the first")));
  chunks.end();
  chunks.end();
  CHECK(thrown_by([&] { chunks.push(6, view("x")); }) == Errc::closed);
  CHECK(thrown_by([&] { chunks.push(5, view("x")); }) == Errc::closed);
  {
    const auto source = chunks.source();
    std::array<std::byte, 16> buffer{};
    CHECK(source->read(buffer) == 0);
  }
  CHECK(chunks.statistics().differing == 1);
  const auto flags = flags_of(chunks);
  REQUIRE(flags.size() == 2);  // and it breaks off
  CHECK(flags[1].because.find("a second time with other bytes") != std::string::npos);
  CHECK(thrown_by([] { Chunks{{.wait = -1s}}; }) == Errc::argument);
  CHECK(thrown_by([] { Chunks{{.most_bytes = 100}}; }) == Errc::argument);
}

TEST_CASE("a chunk that comes after it was given up is late") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const auto pieces = cut(clip(), 8);
  Chunks chunks{{.wait = 0s}};
  const auto source = chunks.source();
  std::vector<std::byte> buffer(clip().size());
  for (const std::size_t i : {0U, 1U, 3U}) chunks.push(i, view(pieces[i]));
  std::size_t read = 0;
  while (chunks.statistics().waiting > 0) read += source->read(buffer);
  CHECK(read > pieces[0].size());
  CHECK_FALSE(chunks.push(2, view(pieces[2])));
  CHECK_FALSE(chunks.push(1, view(pieces[2])));
  const auto counted = chunks.statistics();
  CHECK(counted.late == 1);
  CHECK(counted.lost == 1);
  CHECK(counted.doubled == 1);
  CHECK(counted.differing == 1);
}

TEST_CASE("several threads push at once") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const auto pieces = cut(clip(), 200);
  Chunks chunks;
  std::atomic<std::size_t> taken = 0;
  Outcome outcome;
  {
    std::jthread reader([&] { outcome = read_chunks(chunks); });
    std::vector<std::jthread> pushers;
    for (unsigned t = 0; t < 4; ++t)
      pushers.emplace_back([&, t] {
        for (std::size_t i = 0; i < pieces.size(); ++i) {
          const auto n = std::min(i ^ t, pieces.size() - 1);
          if (chunks.push(n, view(pieces[n]))) ++taken;
          (void)chunks.statistics();
        }
      });
    pushers.clear();
    chunks.end(pieces.size() - 1);
  }
  CHECK(taken == pieces.size());
  CHECK_FALSE(outcome.error());
  check_pictures(outcome);
  CHECK(outcome.frames.size() == 120);
  CHECK(flags_of(chunks).empty());
}

TEST_CASE("a pause is told, a slow network is not") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const auto pieces = cut(clip(), 40);
  const auto flags = [&](auto&& arrival) {
    Chunks chunks;
    for (std::size_t i = 0; i < pieces.size(); ++i)
      chunks.push(i, view(pieces[i]), duration_from_seconds(arrival(double(i) / 10)));
    chunks.end();
    CHECK_FALSE(read_chunks(chunks).error());
    return flags_of(chunks);
  };
  CHECK(flags([](double t) { return t; }).empty());
  CHECK(flags([](double t) { return t * 1.2 + 100; }).empty());
  // Nothing for 2.5 s, then all of it at once.
  CHECK(flags([](double t) { return t < 1 ? t : std::max(t, 3.5); }).empty());
  const auto paused = flags([](double t) { return t < 2 ? t : t + 30; });
  REQUIRE(paused.size() == 1);
  CHECK(paused[0].what == "gap");
  CHECK(std::abs(seconds(paused[0].begin) - 2) < 0.3);
  CHECK(paused[0].begin == paused[0].end);
  CHECK(paused[0].because.find("the recorder was paused") != std::string::npos);
  CHECK(paused[0].because.starts_with("30."));
}

TEST_CASE("pauses are told apart from each other and from what catches up") {
  media::PauseWatch watch;
  std::vector<media::PauseWatch::Pause> told;
  const auto chunk = [&](double arrival, double media, bool restarted = false) {
    if (auto pause = watch.chunk(duration_from_seconds(arrival), from_seconds(media), restarted))
      told.push_back(*pause);
  };
  double arrival = 1000, media = 0;
  const auto steadily = [&](int seconds) {
    for (int i = 0; i < seconds; ++i) chunk(++arrival, ++media);
  };
  steadily(20);
  arrival += 10;
  steadily(4);
  CHECK(told.empty());  // it might catch up
  steadily(10);
  REQUIRE(told.size() == 1);
  CHECK(seconds(told[0].length) == doctest::Approx(10));
  CHECK(seconds(told[0].at) == doctest::Approx(20));
  arrival += 60;
  chunk(++arrival, ++media, true);
  steadily(10);
  REQUIRE(told.size() == 2);
  CHECK(seconds(told[1].length) == doctest::Approx(60));
  CHECK(told[1].restarted);
  // A network that was gone for half a minute: the chunks come four times as fast as they were made.
  arrival += 30;
  for (int i = 0; i < 40; ++i) chunk(arrival += 0.25, ++media);
  steadily(20);
  CHECK(told.size() == 2);
  arrival += 3;
  steadily(1);
  REQUIRE(watch.end());
  CHECK_FALSE(watch.end());
}
