// A camera is recorded to a disk that stands still for a while.
#include "fake_camera.hpp"
#include "tool.hpp"

#include <invigil/idcard.hpp>
#include <invigil/io.hpp>
#include <invigil/playback.hpp>
#include <invigil/recording.hpp>
#include <invigil/session.hpp>

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

using Wall = std::chrono::steady_clock;

/// Stands still once, when it is told to.
class Stalling final : public ByteSink {
 public:
  Stalling(std::unique_ptr<ByteSink> file, const std::atomic<bool>& due, std::atomic<double>& stood)
      : file_(std::move(file)), due_(due), stood_(stood) {}
  void write(std::span<const std::byte> bytes) override {
    if (due_ && stood_ == 0) {
      const auto begin = Wall::now();
      std::this_thread::sleep_for(2s);
      stood_ = std::chrono::duration<double>(Wall::now() - begin).count();
    }
    file_->write(bytes);
  }
  void sync() override { file_->sync(); }
  [[nodiscard]] bool reserve(std::uint64_t bytes) override { return file_->reserve(bytes); }
  void close() override { file_->close(); }

 private:
  const std::unique_ptr<ByteSink> file_;
  const std::atomic<bool>& due_;
  std::atomic<double>& stood_;
};

}  // namespace

TEST_CASE("a disk that stands still for 2 s costs what the camera's queue cannot hold, and moves no time") {
  constexpr std::size_t queue = 8;
  constexpr double period = 0.04;
  const auto fake = std::make_shared<FakeCamera>();
  fake->format = {.pixels = AV_PIX_FMT_YUV420P, .width = 64, .height = 48, .stride = 64, .rate = 1 / period};
  fake->period = 40ms;
  fake->picture = [](std::uint64_t n) { return std::vector<std::uint8_t>(64 * 72, std::uint8_t(n)); };
  const TemporaryFolder folder;
  const auto staff = Identity::generate();
  std::atomic<bool> due{false};
  std::atomic<double> stood{0};
  RecordingOptions options;
  options.segment = 200ms;
  Recording recording{
      std::make_unique<Stalling>(create_file(folder / "exam.tar"), due, stood), {staff.recipient()}, options};
  auto source = capture::read_camera(std::make_unique<FakePort>(fake), {.queue = queue});
  const auto log = source->log();
  Collect<Flag> flags;
  Session session;
  auto video = session.add(std::unique_ptr<Source<RawFrame>>{std::move(source)});
  video.via(KeepUnredacted{}).to(recording.video());
  session.add(capture::flags_of(log)).to(flags);
  const std::jthread hand{[&] {
    std::this_thread::sleep_for(1s);
    due = true;
  }};
  session.run_for(5s);
  recording.close();

  const auto counted = log->statistics();
  CHECK(stood >= 2);
  CHECK(counted.lost_by_driver + counted.damaged == 0);
  CHECK(counted.lost_in_queue > 0);
  CHECK(recording.statistics().lost == counted.lost_in_queue);
  CHECK(std::any_of(flags.items.begin(), flags.items.end(),
                    [](const Flag& flag) { return flag.what == "frames_dropped"; }));

  // All that was delivered plays at its own time: steps are whole periods, and as many as were lost.
  std::vector<double> times;
  const Playback playback{open_file(folder / "exam.tar"), {staff}};
  for (const auto frames = playback.video(); const auto frame = frames->read({});)
    times.push_back(seconds(frame->time()));
  CHECK(recording.statistics().frames == times.size());
  REQUIRE(times.size() > 30);
  double lost = 0, longest = 0, uneven = 0;
  std::size_t after = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const double step = (times[i] - times[i - 1]) / period;
    lost += std::round(step) - 1;
    if (step > longest) after = i;
    longest = std::max(longest, step);
    uneven = std::max(uneven, std::abs(step - std::round(step)));
  }
  CHECK(uneven < 0.1);
  CHECK(lost == double(counted.lost_in_queue));
  // Of what came meanwhile the last eight were kept.
  REQUIRE(after + queue <= times.size());
  CHECK(times[after + queue - 1] - times[after] < period * double(queue));
}
