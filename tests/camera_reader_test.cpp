// The camera reader against a driver that misbehaves in every way that drivers do.
#include "capture/frame_clock.hpp"
#include "fake_camera.hpp"
#include "tool.hpp"

#include <invigil/capture.hpp>
#include <invigil/error.hpp>
#include <invigil/idcard.hpp>
#include <invigil/session.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <set>

#include <opencv2/imgcodecs.hpp>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

using Wall = std::chrono::steady_clock;

std::vector<std::uint8_t> jpeg(int width, int height, int grey) {
  cv::Mat picture(height, width, CV_8UC1, cv::Scalar::all(grey));
  cv::randu(picture(cv::Rect(0, height / 2, width, height - height / 2)), 0, 255);
  cv::Mat colour;
  cv::merge(std::array{picture, picture, picture}, colour);
  std::vector<std::uint8_t> bytes;
  cv::imencode(".jpg", colour, bytes);
  return bytes;
}

std::shared_ptr<FakeCamera> camera() {
  auto made = std::make_shared<FakeCamera>();
  made->format.rate = 200;
  made->picture = [bytes = jpeg(64, 48, 200)](std::uint64_t) { return bytes; };
  return made;
}

/// Fast enough for a test: a stream stands still after 60 ms, and may take 150 ms to begin.
capture::ReaderOptions hasty(std::size_t queue = 64) {
  return {.queue = queue, .stall = 60ms, .begin = 150ms, .first_picture = 1s};
}

std::unique_ptr<capture::CameraSource> read(const std::shared_ptr<FakeCamera>& fake,
                                            const capture::ReaderOptions& options = hasty()) {
  return capture::read_camera(std::make_unique<FakePort>(fake), options);
}

std::vector<RawFrame> take(Source<RawFrame>& source, int count) {
  std::vector<RawFrame> frames;
  for (int i = 0; i < count; ++i) {
    auto frame = source.read({});
    REQUIRE(frame);
    frames.push_back(std::move(*frame));
  }
  return frames;
}

/// All flags of a camera that is closed.
std::vector<Flag> told_by(const std::shared_ptr<capture::DeviceLog>& log) {
  auto source = capture::flags_of(log);
  std::vector<Flag> flags;
  while (auto flag = source->read({})) flags.push_back(std::move(*flag));
  return flags;
}

std::uint64_t lost(const CaptureStatistics& s) { return s.lost_by_driver + s.lost_in_queue + s.damaged; }

template <class Action>
std::optional<DeviceError> device_error_of(Action action) {
  try {
    action();
  } catch (const DeviceError& e) {
    return e;
  }
  return std::nullopt;
}

void check_in_order(const std::vector<RawFrame>& frames) {
  for (std::size_t i = 1; i < frames.size(); ++i) {
    CHECK(frames[i].time > frames[i - 1].time);
    CHECK(frames[i].index > frames[i - 1].index);
  }
}

double since(Wall::time_point begin) { return std::chrono::duration<double>(Wall::now() - begin).count(); }

}  // namespace

TEST_CASE(
    "a camera's pictures come in order, none is missing, and their colours are as the camera means them") {
  const auto fake = camera();
  const auto source = read(fake);
  const auto frames = take(*source, 50);
  check_in_order(frames);
  CHECK(frames.back().index == 49);
  CHECK(frames.front().index == 0);
  CHECK(frames.front().image.width() == 64);
  CHECK(frames.front().image.color().range == ColorRange::full);
  CHECK(std::abs(int(frames.front().image.luma().row(4)[4]) - 200) <= 2);
  CHECK(std::abs(seconds(frames.back().time - frames.front().time) - 49 * 0.005) < 0.02);
  const auto counted = source->log()->statistics();
  CHECK(counted.delivered == 50);
  CHECK(lost(counted) == 0);
  CHECK(counted.present);
}

TEST_CASE("raw pictures are ours before the driver writes the next one into the same place") {
  using capture::StreamFormat;
  struct Raw {
    AVPixelFormat pixels;
    int stride;
    std::size_t size;
    std::function<void(std::vector<std::uint8_t>&)> fill;
  };
  // Grey 100 at the left edge; rows may be padded.
  const auto yuyv = [](std::vector<std::uint8_t>& b) {
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = i % 2 ? 128 : 100;
  };
  const auto planar = [](std::vector<std::uint8_t>& b) {
    std::fill(b.begin(), b.begin() + std::ptrdiff_t(b.size() * 2 / 3), std::uint8_t{100});
    std::fill(b.begin() + std::ptrdiff_t(b.size() * 2 / 3), b.end(), std::uint8_t{128});
  };
  const std::vector<Raw> all{{AV_PIX_FMT_YUYV422, 128, 128 * 48, yuyv},
                             {AV_PIX_FMT_YUYV422, 160, 160 * 48, yuyv},
                             {AV_PIX_FMT_NV12, 64, 64 * 72, planar},
                             {AV_PIX_FMT_YUV420P, 64, 64 * 72, planar},
                             {AV_PIX_FMT_YUV420P, 96, 96 * 72, planar}};
  for (const auto& raw : all) {
    CAPTURE(int(raw.pixels));
    CAPTURE(raw.stride);
    const auto fake = camera();
    fake->format = {.pixels = raw.pixels, .width = 64, .height = 48, .stride = raw.stride};
    fake->picture = [&raw](std::uint64_t) {
      std::vector<std::uint8_t> bytes(raw.size);
      raw.fill(bytes);
      return bytes;
    };
    const auto source = read(fake);
    const auto frames = take(*source, 5);
    std::this_thread::sleep_for(20ms);
    for (const auto& frame : frames) {
      CHECK(frame.image.luma().row(47)[63] == 100);
      CHECK(frame.image.plane(1).row(23)[31] == 128);
      CHECK(frame.image.color().range == ColorRange::limited);
    }
  }
}

TEST_CASE("a raw buffer that holds less than a picture is damaged") {
  const auto fake = camera();
  fake->format = {.pixels = AV_PIX_FMT_YUYV422, .width = 64, .height = 48, .stride = 128};
  fake->picture = [](std::uint64_t n) {
    return std::vector<std::uint8_t>(n % 4 == 3 ? 128 * 20 : 128 * 48, 128);
  };
  const auto source = read(fake);
  const auto frames = take(*source, 30);
  CHECK(frames.back().index > 33);
  CHECK(source->log()->statistics().damaged >= 8);
}

TEST_CASE("what the driver drops is counted exactly, from its own numbers") {
  const auto fake = camera();
  std::atomic<std::uint64_t> injected{0};
  fake->change = [&](std::uint64_t n, const capture::Filled&) {
    const bool drop = n % 5 == 2;
    if (drop) ++injected;
    return !drop;
  };
  const auto source = read(fake);
  const auto frames = take(*source, 80);
  check_in_order(frames);
  const auto counted = source->log()->statistics();
  CHECK(counted.delivered == 80);
  CHECK(counted.lost_in_queue == 0);
  CHECK(counted.damaged == 0);
  // 4 of 5 come through: the 80th comes after 19 or 20 gaps, whatever the first one was.
  CHECK(counted.lost_by_driver >= 19);
  CHECK(counted.lost_by_driver <= 20);
  CHECK(frames.back().index - frames.front().index == 79 + counted.lost_by_driver);
}

TEST_CASE(
    "a buffer that the driver marks, a JPEG that is cut off and one that is none each cost one picture") {
  const auto fake = camera();
  fake->picture = [whole = jpeg(64, 48, 90)](std::uint64_t n) {
    auto bytes = whole;
    if (n % 8 == 3) bytes.resize(bytes.size() / 2);
    if (n % 8 == 5) bytes.assign(300, 0x5a);
    if (n % 8 == 6) bytes.clear();
    return bytes;
  };
  fake->change = [](std::uint64_t n, capture::Filled& filled) {
    filled.damaged = n % 8 == 1;
    return true;
  };
  const auto source = read(fake);
  const auto frames = take(*source, 40);
  check_in_order(frames);
  const auto counted = source->log()->statistics();
  CHECK(counted.damaged == frames.back().index - 39);
  CHECK(counted.damaged >= 36);
  CHECK(counted.damaged <= 44);
  CHECK(counted.lost_by_driver == 0);
  for (const auto& frame : frames) CHECK(std::abs(int(frame.image.luma().row(4)[4]) - 90) <= 2);
}

TEST_CASE("a camera that is unplugged is waited for, and the hole is told") {
  const auto fake = camera();
  auto source = read(fake);
  const auto before = take(*source, 20);
  std::jthread hand([&] {
    fake->unplug();
    std::this_thread::sleep_for(300ms);
    fake->plug();
  });
  // What was in the queue still comes.
  std::vector<RawFrame> after;
  Timestamp last = before.back().time;
  for (;;) {
    after = take(*source, 1);
    if (after.front().time - last > 200ms) break;
    last = after.front().time;
  }
  CHECK(seconds(after.front().time - last) < 0.6);
  CHECK(fake->opened == 2);
  const auto log = source->log();
  CHECK(log->statistics().absences == 1);
  CHECK(log->statistics().present);
  source.reset();
  CHECK(fake->closed == fake->opened);
  const auto flags = told_by(log);
  REQUIRE(flags.size() == 1);
  CHECK(flags.front().what == "camera_lost");
  CHECK(flags.front().kind == FlagKind::technical);
  CHECK(std::abs(seconds(flags.front().begin - last)) < 0.05);
  CHECK(std::abs(seconds(flags.front().end - after.front().time)) < 0.05);
  CHECK(flags.front().because.find("unplugged") != std::string::npos);
}

TEST_CASE("the loss is noticed within 100 ms, a standstill within 600 ms with the real limits") {
  for (const bool frozen : {false, true}) {
    const auto fake = camera();
    auto source = capture::read_camera(std::make_unique<FakePort>(fake), {.queue = 64});
    static_cast<void>(take(*source, 20));
    const auto begin = Wall::now();
    if (frozen)
      fake->frozen = true;
    else
      fake->unplug();
    while (source->log()->statistics().present && since(begin) < 2) std::this_thread::sleep_for(1ms);
    CHECK(since(begin) < (frozen ? 0.6 : 0.1));
    fake->frozen = false;
    fake->plug();
  }
}

TEST_CASE("a camera that freezes goes on when it thaws, or when its stream is restarted") {
  for (const bool heals : {false, true}) {
    CAPTURE(heals);
    const auto fake = camera();
    fake->heals = heals;
    auto source = read(fake);
    Timestamp last{}, next = take(*source, 20).back().time;
    fake->frozen = true;
    std::jthread hand([&] {
      std::this_thread::sleep_for(200ms);
      if (!heals) fake->frozen = false;
    });
    while (next - last < 50ms || last == Timestamp{}) {
      last = next;
      next = take(*source, 1).front().time;
    }
    const auto counted = source->log()->statistics();
    CHECK(counted.restarts >= 1);
    CHECK(counted.absences == 1);
    CHECK(counted.lost_by_driver == 0);  // a restarted count is no loss
    CHECK(seconds(next - last) < (heals ? 0.16 : 0.5));
  }
}

TEST_CASE("a frozen camera does not hold up the end, and the end says that it was away") {
  const auto fake = camera();
  auto source = read(fake);
  static_cast<void>(take(*source, 10));
  fake->frozen = true;
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(400ms);
    stop.request_stop();
  });
  const auto error = device_error_of([&] {
    while (source->read(stop.get_token())) {
    }
  });
  REQUIRE(error);
  CHECK(error->trouble() == DeviceTrouble::lost);
  CHECK(error->code() == Errc::device);
  const auto begin = Wall::now();
  const auto log = source->log();
  source.reset();
  CHECK(since(begin) < 1);
  const auto flags = told_by(log);
  REQUIRE(flags.size() == 1);
  CHECK(flags.front().what == "camera_lost");
  CHECK(flags.front().end > flags.front().begin + 200ms);
}

TEST_CASE("a driver that hangs in a call is left behind within a second") {
  const auto fake = camera();
  auto source = read(fake);
  static_cast<void>(take(*source, 10));
  fake->stuck = true;
  std::this_thread::sleep_for(50ms);
  std::stop_source stop;
  stop.request_stop();
  auto begin = Wall::now();
  CHECK_FALSE(source->read(stop.get_token()));
  source.reset();
  CHECK(since(begin) < 1);
  CHECK(fake->closed == 0);
  fake->stuck = false;
  for (int i = 0; i < 200 && fake->closed == 0; ++i) std::this_thread::sleep_for(5ms);
  CHECK(fake->closed == 1);  // and closes once it is let go
}

TEST_CASE("a camera that does not answer while it is opened is given up at the deadline") {
  const auto fake = camera();
  fake->stuck = true;
  auto options = hasty();
  options.open = 200ms;
  const auto begin = Wall::now();
  const auto error = device_error_of([&] { static_cast<void>(read(fake, options)); });
  CHECK(since(begin) < 0.6);
  REQUIRE(error);
  CHECK(error->trouble() == DeviceTrouble::failed);
  CHECK(std::string{error->what()}.find("does not answer") != std::string::npos);
  fake->stuck = false;
  for (int i = 0; i < 200 && fake->closed < 1; ++i) std::this_thread::sleep_for(5ms);
  CHECK(fake->closed == 1);
}

TEST_CASE("a camera that is away for too long, or never gives a picture, is an error") {
  const auto fake = camera();
  auto options = hasty();
  options.longest_absence = 200ms;
  auto source = read(fake, options);
  static_cast<void>(take(*source, 10));
  fake->unplug();
  const auto begin = Wall::now();
  const auto away = device_error_of([&] {
    for (;;) static_cast<void>(source->read({}));
  });
  REQUIRE(away);
  CHECK(away->trouble() == DeviceTrouble::lost);
  CHECK(since(begin) < 0.8);

  const auto dead = camera();
  dead->frozen = true;
  options.first_picture = 300ms;
  const auto never = read(dead, options);
  const auto nothing = device_error_of([&] { static_cast<void>(never->read({})); });
  REQUIRE(nothing);
  CHECK(nothing->trouble() == DeviceTrouble::failed);
}

TEST_CASE(
    "a picture that the hardware could not finish is skipped, a driver that fails for good is opened anew") {
  const auto fake = camera();
  std::atomic<bool> broken{false};
  fake->failure = [&](std::uint64_t n) {
    if (broken) return EIO;
    return n % 10 == 4 ? EIO : 0;
  };
  auto source = read(fake);
  const auto frames = take(*source, 50);
  CHECK(source->log()->statistics().damaged >= 4);
  CHECK(frames.back().index == 49 + source->log()->statistics().damaged);
  CHECK(fake->opened == 1);
  broken = true;
  for (int i = 0; i < 400 && fake->opened == 1; ++i) std::this_thread::sleep_for(5ms);
  CHECK(fake->opened >= 2);
  broken = false;
  static_cast<void>(take(*source, 80));
  CHECK(source->log()->statistics().absences >= 1);
  source.reset();
}

TEST_CASE("all pictures have the size of the first") {
  const auto fake = camera();
  fake->picture = [small = jpeg(64, 48, 60), large = jpeg(128, 96, 60)](std::uint64_t n) {
    return n % 20 < 10 ? small : large;
  };
  const auto source = read(fake);
  for (const auto& frame : take(*source, 40)) {
    CHECK(frame.image.width() == 64);
    CHECK(frame.image.height() == 48);
    CHECK(std::abs(int(frame.image.luma().row(4)[4]) - 60) <= 3);
  }
}

TEST_CASE("timestamps from the future, from the past, repeated and wrapping move no picture") {
  const auto fake = camera();
  fake->change = [](std::uint64_t n, capture::Filled& filled) {
    if (n % 40 >= 10) filled.stamp += 1h;
    if (n % 40 >= 20) filled.stamp -= 2h;
    if (n % 40 >= 30) filled.stamp = std::chrono::microseconds{filled.stamp.count() & 0xfffffff};
    if (n % 40 == 35) filled.stamp = {};
    return true;
  };
  const auto source = read(fake);
  const auto begin = Wall::now();
  const auto frames = take(*source, 160);
  const double took = since(begin);
  check_in_order(frames);
  CHECK(std::abs(seconds(frames.back().time - frames.front().time) - took) < 0.1);
  for (std::size_t i = 1; i < frames.size(); ++i) CHECK(frames[i].time - frames[i - 1].time < 60ms);
}

TEST_CASE("a clock that is its own, and one that steps, are mapped to ours") {
  using Moment = capture::Clock::Moment;
  const auto begin = Wall::now();
  capture::FrameClock clock{33ms};
  std::vector<Moment> moments;
  const auto at = [&](int n) { return begin + n * 33ms; };
  for (int n = 0; n < 100; ++n) {
    auto stamp = std::chrono::microseconds{7'000'000} + n * 33ms;
    if (n >= 60) stamp -= 5s;
    moments.push_back(
        clock.moment(std::chrono::duration_cast<std::chrono::microseconds>(stamp), at(n) + (n % 3) * 2ms));
  }
  for (int n = 0; n < 100; ++n) {
    CHECK(std::abs(std::chrono::duration<double>(moments[std::size_t(n)] - at(n)).count()) < 0.006);
    if (n > 0) CHECK(moments[std::size_t(n)] > moments[std::size_t(n) - 1]);
  }
}

TEST_CASE("a count that starts anew or is none loses nothing") {
  capture::SequenceGaps gaps{10ms};
  const auto begin = Wall::now();
  CHECK(gaps.before(4'294'967'294U, begin) == 0);
  CHECK(gaps.before(1U, begin + 30ms) == 2);  // it wraps
  CHECK(gaps.before(1U, begin + 40ms) == 0);
  CHECK(gaps.before(0U, begin + 50ms) == 0);
  CHECK(gaps.before(900'000U, begin + 60ms) == 0);
  CHECK(gaps.before(900'011U, begin + 160ms) == 10);
}

TEST_CASE("a slow reader sees fresh pictures, and every other one is counted") {
  const auto fake = camera();
  fake->period = 40ms;  // 25 a second, read at 10
  const auto source = read(fake, hasty(2));
  std::vector<double> ages;
  std::vector<RawFrame> frames;
  const capture::Clock clock;
  for (int i = 0; i < 25; ++i) {
    auto frame = source->read({});
    REQUIRE(frame);
    ages.push_back(std::chrono::duration<double>(Wall::now() - clock.moment(frame->time)).count());
    frames.push_back(std::move(*frame));
    std::this_thread::sleep_for(100ms);
  }
  std::sort(ages.begin(), ages.end());
  CHECK(ages[ages.size() * 99 / 100] <= 0.08);
  const auto counted = source->log()->statistics();
  CHECK(counted.lost_in_queue > 20);
  CHECK(counted.lost_by_driver == 0);
  CHECK(frames.back().index == 24 + counted.lost_in_queue);
}

namespace {

/// Lets a camera give its pictures when a test says so.
class Gate {
 public:
  /// In the camera's thread.
  void pass(std::uint64_t n) {
    std::unique_lock lock{mutex_};
    come_ = n;
    changed_.notify_all();
    changed_.wait(lock, [&] { return n < open_; });
  }
  /// Returns once all before the n-th are with the reader.
  void open(std::uint64_t n) {
    std::unique_lock lock{mutex_};
    open_ = n;
    changed_.notify_all();
    changed_.wait(lock, [&] { return come_ >= n; });
  }
  void leave_open() {
    const std::lock_guard lock{mutex_};
    open_ = ~std::uint64_t{0};
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t open_ = 0, come_ = 0;
};

/// Indices of what is read at a queue of this length: pictures come in bursts, the driver loses the fourth
/// and the tenth, and damages the fifth.
std::vector<std::uint64_t> read_in_bursts(std::size_t queue, const std::vector<std::pair<int, int>>& bursts,
                                          CaptureStatistics& counted) {
  const auto fake = camera();
  const auto gate = std::make_shared<Gate>();
  fake->picture = [gate, bytes = fake->picture(0)](std::uint64_t n) {
    gate->pass(n);
    return bytes;
  };
  fake->change = [](std::uint64_t n, capture::Filled& filled) {
    filled.damaged = n == 4;
    return n != 3 && n != 9;
  };
  const capture::Clock clock;
  clock.start();
  const auto source = read(fake, hasty(queue));
  std::vector<std::uint64_t> indices;
  std::stop_source stopped;
  stopped.request_stop();
  for (const auto& [until, reads] : bursts) {
    if (reads == 0) CHECK_FALSE(source->read(stopped.get_token()));  // nothing waits: it has caught up
    gate->open(std::uint64_t(until));
    for (int i = 0; i < reads; ++i) indices.push_back(source->read({}).value().index);
  }
  counted = source->log()->statistics();
  gate->leave_open();
  return indices;
}

}  // namespace

TEST_CASE("a reader that is behind a queue of two gets the newest alone until it finds nothing waiting") {
  CaptureStatistics counted;
  using Indices = std::vector<std::uint64_t>;
  const auto fresh = read_in_bursts(2, {{1, 1}, {7, 1}, {9, 1}, {9, 0}, {12, 2}}, counted);
  CHECK(fresh == Indices{0, 6, 8, 10, 11});
  CHECK(counted.delivered == 5);
  CHECK(counted.lost_by_driver == 2);
  CHECK(counted.damaged == 1);
  CHECK(counted.lost_in_queue == 4);  // and these are all twelve

  const auto only = read_in_bursts(1, {{1, 1}, {7, 1}, {9, 1}}, counted);
  CHECK(only == Indices{0, 6, 8});
  CHECK(lost(counted) == 6);

  const auto whole = read_in_bursts(3, {{1, 1}, {7, 1}, {9, 3}}, counted);
  CHECK(whole == Indices{0, 2, 6, 7, 8});
  CHECK(counted.lost_in_queue == 2);
}

TEST_CASE("a camera that cannot be had says why, and what to do") {
  struct Case {
    int open_error, start_error;
    DeviceTrouble trouble;
    const char* advice;
  };
  const std::array cases{Case{EBUSY, 0, DeviceTrouble::busy, "close it"},
                         Case{EACCES, 0, DeviceTrouble::forbidden, "group video"},
                         Case{EPERM, 0, DeviceTrouble::forbidden, "group video"},
                         Case{ENODEV, 0, DeviceTrouble::absent, "plug it in"},
                         Case{ENOTSUP, 0, DeviceTrouble::unsupported, "another"},
                         Case{0, EIO, DeviceTrouble::failed, "plug it in again"},
                         Case{0, ENOSPC, DeviceTrouble::failed, "another port"},
                         Case{0, EBUSY, DeviceTrouble::busy, "close it"}};
  for (const auto& c : cases) {
    const auto fake = camera();
    fake->open_error = c.open_error;
    fake->start_error = c.start_error;
    const auto error = device_error_of([&] { read(fake); });
    REQUIRE(error);
    CHECK(error->trouble() == c.trouble);
    CHECK(error->code() == (c.trouble == DeviceTrouble::unsupported ? Errc::unsupported : Errc::device));
    CHECK(std::string{error->what()}.find(c.advice) != std::string::npos);
    CHECK(fake->opened == fake->closed);
  }
}

TEST_CASE("the chroma of 4:2:2, as webcams give it, becomes the mean of two rows, odd heights included") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  const auto file = (folder / "picture.jpg").string();
  const auto made =
      run_tool("ffmpeg -nostdin -v error -f lavfi -i testsrc=size=64x47 -pix_fmt yuvj422p -frames:v 1 " +
               file + " && cat " + file);
  const auto raw =
      run_tool("ffmpeg -nostdin -v error -i " + file + " -f rawvideo -pix_fmt yuvj422p -").output;
  REQUIRE(raw.size() == 64 * 47 * 2);
  const auto truth = [&](int plane, int x, int y) {
    const auto at = plane == 0 ? y * 64 + x : 64 * 47 + (plane - 1) * 32 * 47 + y * 32 + x;
    return int(std::uint8_t(raw[std::size_t(at)]));
  };
  const auto fake = camera();
  fake->picture = [&](std::uint64_t) {
    return std::vector<std::uint8_t>(made.output.begin(), made.output.end());
  };
  auto source = read(fake);
  const auto frames = take(*source, 10);
  source.reset();  // the pictures outlive their decoder
  for (const auto& frame : frames) {
    REQUIRE(frame.image.height() == 47);
    CHECK(frame.image.color().range == ColorRange::full);
    int wrong = 0;
    for (int y = 0; y < 47; ++y)
      for (int x = 0; x < 64; ++x) wrong += frame.image.luma().row(y)[x] != truth(0, x, y);
    for (int plane = 1; plane < 3; ++plane)
      for (int y = 0; y < 24; ++y)
        for (int x = 0; x < 32; ++x)
          wrong += frame.image.plane(plane).row(y)[x] !=
                   (truth(plane, x, 2 * y) + truth(plane, x, std::min(2 * y + 1, 46)) + 1) / 2;
    CHECK(wrong == 0);
  }
}

TEST_CASE("H.264 waits for a keyframe after a loss instead of showing what is broken") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const auto stream =
      run_tool(
          "ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=64x48:rate=50:duration=4 -c:v libx264 -g 10 "
          "-bf 0 -tune zerolatency -pix_fmt yuv420p -bsf:v h264_metadata=aud=insert -f h264 -")
          .output;
  std::vector<std::vector<std::uint8_t>> units;
  const std::string delimiter{"\0\0\0\1\x09", 5};
  for (auto at = stream.find(delimiter); at != std::string::npos;) {
    const auto next = stream.find(delimiter, at + 1);
    const auto end = next == std::string::npos ? stream.size() : next;
    units.emplace_back(stream.begin() + std::ptrdiff_t(at), stream.begin() + std::ptrdiff_t(end));
    at = next;
  }
  REQUIRE(units.size() == 200);
  const auto fake = camera();
  fake->format.coding = capture::StreamFormat::Coding::h264;
  fake->picture = [&](std::uint64_t n) { return units[n % units.size()]; };
  fake->change = [](std::uint64_t n, const capture::Filled&) { return n != 25; };
  const auto source = read(fake);
  const auto frames = take(*source, 60);
  std::set<std::uint64_t> indices;
  for (const auto& f : frames) indices.insert(f.index);
  CHECK(indices.count(24) == 1);
  for (std::uint64_t i = 25; i < 30; ++i) CHECK(indices.count(i) == 0);
  CHECK(indices.count(30) == 1);
  CHECK(source->log()->statistics().lost_by_driver == 1);
  CHECK(source->log()->statistics().damaged == 4);
}

TEST_CASE("a camera that says it is a program is named at its first picture, once") {
  const auto log = std::make_shared<capture::DeviceLog>(capture::of_camera);
  log->seems_played("OBS Virtual Camera", "v4l2 loopback");
  for (int i = 0; i < 3; ++i) log->delivered({}, from_seconds(1 + i));
  log->end();
  const auto flags = told_by(log);
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "virtual_camera");
  CHECK(flags[0].kind == FlagKind::behaviour);
  CHECK(flags[0].begin == from_seconds(1));
  CHECK(flags[0].end == from_seconds(1));
  CHECK(flags[0].because.find("\"OBS Virtual Camera\" (driver v4l2 loopback)") != std::string::npos);
}

namespace {

/// A session that takes a camera and tells of its absences.
struct Taken {
  std::shared_ptr<FakeCamera> fake = camera();
  Session session;
  Collect<Flag> flags;
  Collect<Frame> frames;
  Wall::time_point begin = Wall::now();

  Taken() {
    auto source = read(fake);
    const auto log = source->log();
    session.add(std::unique_ptr<Source<RawFrame>>{std::move(source)}).via(KeepUnredacted{}).to(frames);
    session.add(capture::flags_of(log)).to(flags);
  }
};

}  // namespace

TEST_CASE("a session goes on while its camera is away, and ends when its time is over") {
  Taken taken;
  double unplugged = 0;
  {
    std::jthread hand([&] {
      std::this_thread::sleep_for(200ms);
      unplugged = since(taken.begin);
      taken.fake->unplug();
      std::this_thread::sleep_for(200ms);
      taken.fake->plug();
    });
    taken.session.run_for(1s);
  }
  CHECK(since(taken.begin) < 2);  // the flags do not hold it up until the wall clock's limit
  CHECK(taken.fake->closed == taken.fake->opened);  // the light went out with the session
  REQUIRE(taken.flags.items.size() == 1);
  CHECK(taken.flags.items.front().what == "camera_lost");
  CHECK(std::abs(seconds(taken.flags.items.front().begin) - unplugged) < 0.15);
  CHECK(taken.frames.items.back().time() > from_seconds(0.8));
}

TEST_CASE("a session whose camera did not come back fails after it has told so") {
  Taken taken;
  std::jthread hand([&] {
    std::this_thread::sleep_for(200ms);
    taken.fake->unplug();
  });
  const auto error = device_error_of([&] { taken.session.run_for(500ms); });
  REQUIRE(error);
  CHECK(error->trouble() == DeviceTrouble::lost);
  REQUIRE(taken.flags.items.size() == 1);
  CHECK(taken.flags.items.front().end == from_seconds(0.5));
}
