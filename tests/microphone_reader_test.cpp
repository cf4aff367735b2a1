// The microphone reader against a driver that misbehaves in every way that drivers do.
#include "capture/sound_line.hpp"
#include "fake_microphone.hpp"

#include <invigil/error.hpp>

#include <cmath>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

using Wall = std::chrono::steady_clock;

/// Fast enough for a test: a microphone stands still after 150 ms.
capture::ListenOptions hasty() {
  return {.open = 400ms, .stall = 150ms, .begin = 300ms, .look = 50ms, .first_sound = 600ms};
}

std::unique_ptr<capture::MicrophoneSource> listen(const std::shared_ptr<FakeMicrophone>& fake,
                                                  const capture::ListenOptions& options = hasty()) {
  return capture::read_microphone(std::make_unique<FakeSoundPort>(fake), options);
}

double since(Wall::time_point begin) { return std::chrono::duration<double>(Wall::now() - begin).count(); }
double end_of(const AudioBlock& block) { return seconds(block.time() + block.duration()); }

/// Sound until its time has come to `until`, in seconds.
std::vector<AudioBlock> hear(Source<AudioBlock>& source, double until) {
  std::vector<AudioBlock> blocks;
  do {
    auto block = source.read({});
    REQUIRE(block);
    blocks.push_back(std::move(*block));
  } while (end_of(blocks.back()) < until);
  return blocks;
}

/// The longest time between the end of a block and the begin of the next.
double longest_hole(const std::vector<AudioBlock>& blocks) {
  double longest = 0;
  for (std::size_t i = 1; i < blocks.size(); ++i) {
    CHECK(seconds(blocks[i].time()) > end_of(blocks[i - 1]) - 1e-4);
    longest = std::max(longest, seconds(blocks[i].time()) - end_of(blocks[i - 1]));
  }
  return longest;
}

std::vector<Flag> told_by(const std::shared_ptr<capture::DeviceLog>& log) {
  auto source = capture::flags_of(log);
  std::vector<Flag> flags;
  while (auto flag = source->read({})) flags.push_back(std::move(*flag));
  return flags;
}

template <class Action>
std::optional<DeviceError> device_error_of(Action action) {
  try {
    action();
  } catch (const DeviceError& e) {
    return e;
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("sound comes without a tear, at the time when it was heard, whatever the number of channels") {
  for (const int channels : {1, 2, 5}) {
    CAPTURE(channels);
    const auto fake = std::make_shared<FakeMicrophone>();
    fake->channels = channels;
    auto source = listen(fake);
    const auto begin = Wall::now();
    const auto blocks = hear(*source, 1.3);
    CHECK(longest_hole(blocks) < 1e-4);
    CHECK(blocks.front().channels() == 1);
    CHECK(seconds(blocks.front().time()) >= 0);
    CHECK(seconds(blocks.front().time()) < 0.1);
    CHECK(std::abs(since(begin) - end_of(blocks.back())) < 0.2);
    CHECK(std::abs(double(blocks.back().channel(0)[480]) - 8000.0 / 32768) < 0.01);
    CHECK(source->log()->statistics().lost_by_driver + source->log()->statistics().lost_in_queue == 0);
    const auto log = source->log();
    source.reset();
    CHECK(told_by(log).empty());
  }
}

TEST_CASE("a microphone that is unplugged or stands still is waited for, and the hole is told") {
  for (const bool frozen : {false, true}) {
    CAPTURE(frozen);
    const auto fake = std::make_shared<FakeMicrophone>();
    auto source = listen(fake);
    const auto begin = Wall::now();
    auto blocks = hear(*source, 1.2);
    (frozen ? fake->frozen = true : fake->plugged = false);
    const auto lost_at = Wall::now();
    while (source->log()->statistics().present && since(lost_at) < 2) std::this_thread::sleep_for(1ms);
    CHECK(since(lost_at) < (frozen ? 0.35 : 0.15));
    std::this_thread::sleep_for(400ms);
    fake->sample = -4000;
    fake->frozen = false;
    fake->plugged = true;
    for (auto& block : hear(*source, since(begin) + 1.5)) blocks.push_back(std::move(block));
    const double hole = longest_hole(blocks);
    CHECK(hole > 0.35);
    CHECK(hole < 1.1);
    CHECK(std::abs(double(blocks.back().channel(0)[480]) + 4000.0 / 32768) < 0.01);
    CHECK(fake->opened >= 2);
    const auto log = source->log();
    CHECK(log->statistics().absences == 1);
    source.reset();
    CHECK(fake->closed == fake->opened);
    const auto flags = told_by(log);
    REQUIRE(flags.size() == 1);
    CHECK(flags.front().what == "microphone_lost");
    CHECK(flags.front().kind == FlagKind::technical);
    CHECK(std::abs(seconds(flags.front().end - flags.front().begin) - hole) < 0.15);
    CHECK(flags.front().because.find(frozen ? "gave no sound" : "unplugged") != std::string::npos);
  }
}

TEST_CASE("a microphone that is away does not hold up the end, and the end says that it was away") {
  const auto fake = std::make_shared<FakeMicrophone>();
  auto source = listen(fake);
  static_cast<void>(hear(*source, 0.2));
  fake->plugged = false;
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(300ms);
    stop.request_stop();
  });
  const auto error = device_error_of([&] {
    while (source->read(stop.get_token())) {
    }
  });
  REQUIRE(error);
  CHECK(error->trouble() == DeviceTrouble::lost);
  const auto begin = Wall::now();
  source.reset();
  CHECK(since(begin) < 1);
}

namespace {

/// 20 ms of silence, or with a click at its begin.
media::UniqueFrame click(bool loud) {
  auto frame = media::make_frame();
  frame->format = AV_SAMPLE_FMT_S16;
  frame->sample_rate = 48000;
  frame->nb_samples = 960;
  av_channel_layout_default(&frame->ch_layout, 1);
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  auto* samples = reinterpret_cast<std::int16_t*>(frame->data[0]);
  std::fill_n(samples, 960, std::int16_t{0});
  if (loud) std::fill_n(samples, 48, std::int16_t{16000});
  return frame;
}

/// One that is heard until it is stopped; the session begins before it does.
class Listener {
 public:
  explicit Listener(const std::shared_ptr<FakeMicrophone>& fake, double slowly = 0) : fake_(fake) {
    clock_.start();
    auto options = hasty();
    options.stall = options.begin = 10s;
    source_ = listen(fake, options);
    opened = seconds(clock_.at(Wall::now()));
    reader_ = std::jthread([this, slowly](const std::stop_token& stop) {
      std::this_thread::sleep_for(std::chrono::duration<double>(slowly));
      while (auto block = source_->read(stop)) blocks.push_back(std::move(*block));
    });
  }
  void until(int runs) const {
    while (fake_->given < runs) std::this_thread::sleep_for(1ms);
  }
  void until_present(bool present) const {
    while (source_->log()->statistics().present != present) std::this_thread::sleep_for(1ms);
  }
  void stop() {
    fake_->fall_silent();
    reader_.request_stop();
    reader_.join();
  }
  /// Whether it is all that the microphone gave, to the sample.
  [[nodiscard]] bool whole() const {
    std::size_t samples = 0;
    for (const auto& block : blocks) samples += block.size();
    return samples == std::size_t(fake_->given) * 960;
  }
  std::vector<AudioBlock> blocks;
  double opened = 0;  ///< In the session's time.

 private:
  const std::shared_ptr<FakeMicrophone> fake_;
  const capture::Clock clock_;
  std::unique_ptr<capture::MicrophoneSource> source_;
  std::jthread reader_;
};

}  // namespace

TEST_CASE("all that was heard before a stop is given, also while its time is being found and from a queue") {
  for (const int runs : {1, 20, 70}) {
    for (const double slowly : {0.0, 0.5}) {
      CAPTURE(runs);
      CAPTURE(slowly);
      const auto fake = std::make_shared<FakeMicrophone>();
      Listener listener{fake, slowly};
      listener.until(runs);
      listener.stop();
      CHECK(listener.whole());
      CHECK(longest_hole(listener.blocks) < 1e-4);
      REQUIRE_FALSE(listener.blocks.empty());
      CHECK(seconds(listener.blocks.front().time()) <= listener.opened);
    }
  }
}

TEST_CASE("all that was heard before and after an absence is given, however short it was") {
  for (const int before : {15, 60}) {
    for (const int after : {15, 60}) {
      CAPTURE(before);
      CAPTURE(after);
      const auto fake = std::make_shared<FakeMicrophone>();
      Listener listener{fake};
      listener.until(before);
      fake->plugged = false;
      listener.until_present(false);
      std::this_thread::sleep_for(100ms);
      const int given = fake->given;
      fake->plugged = true;
      listener.until(given + after);
      listener.stop();
      CHECK(listener.whole());
      CHECK(longest_hole(listener.blocks) > 0.09);
    }
  }
}

TEST_CASE("what was heard of a microphone that did not come back is given before the error") {
  const auto fake = std::make_shared<FakeMicrophone>();
  const capture::Clock clock;
  clock.start();
  auto options = hasty();
  options.longest_absence = 100ms;
  const auto source = listen(fake, options);
  while (fake->given < 15) std::this_thread::sleep_for(1ms);
  fake->plugged = false;
  std::size_t samples = 0;
  for (int i = 0; i < 2; ++i)
    CHECK(device_error_of([&] {
      for (;;) samples += source->read({}).value().size();
    }));
  CHECK(samples == std::size_t(fake->given) * 960);
}

TEST_CASE("a sound server that is wrong about time at first loses nothing of the session") {
  for (const double off : {-700.0, 700.0}) {
    CAPTURE(off);
    const auto fake = std::make_shared<FakeMicrophone>();
    fake->off_by_ms = off;
    fake->wrong = 20;
    Listener listener{fake};
    listener.until(70);
    listener.stop();
    CHECK(listener.whole());
    CHECK(longest_hole(listener.blocks) < 1e-4);
    CHECK(seconds(listener.blocks.front().time()) <= listener.opened);
  }
}

TEST_CASE("clicks stay where they were heard, however far off a sound card's clock is") {
  for (const double ppm : {100.0, -100.0, 500.0, -500.0, 10'000.0, -10'000.0}) {
    CAPTURE(ppm);
    // A click every second of the card's time, for four minutes.
    const auto heard_at = [&](int run) { return 1 + run * 0.02 / (1 + ppm * 1e-6); };
    double begun = 0, settled = 0, loud = -1, end = 0;
    int clicks = 0;
    const Emit<AudioBlock> listen_to = [&](const AudioBlock& block) {
      CHECK(seconds(block.time()) > end - 1e-4);
      end = end_of(block);
      for (std::size_t i = 0; i < block.size(); ++i) {
        const double t = seconds(block.time()) + double(i) / AudioBlock::rate;
        if (block.channel(0)[i] < 0.2F) continue;
        if (t - loud > 0.5) {
          const double off = std::abs(t - heard_at(50 * clicks++));
          (t < 60 ? begun : settled) = std::max(t < 60 ? begun : settled, off);
        }
        loud = t;
      }
    };
    capture::SoundLine line{"clicks", 1};
    for (int run = 0; run < 12'000; ++run)
      line.push(click(run % 50 == 0), from_seconds(heard_at(run)), run == 0, listen_to);
    line.finish(listen_to);
    CHECK(clicks == 240);
    CHECK(begun < (std::abs(ppm) < 1000 ? 0.008 : 0.06));
    CHECK(settled < 0.01);
  }
}

TEST_CASE(
    "of a microphone that was open for a second before the session, sound comes at once, from zero on") {
  const auto fake = std::make_shared<FakeMicrophone>();
  auto options = hasty();
  options.stall = options.begin = 10s;
  const auto source = listen(fake, options);
  const auto opened = Wall::now();
  while (since(opened) < 1.2) std::this_thread::sleep_for(10ms);
  const capture::Clock clock;
  clock.start();
  const double before = since(opened);
  while (fake->given * 0.02 < before + 0.3) std::this_thread::sleep_for(1ms);
  fake->fall_silent();
  // Were more needed, it would come, and be seen.
  const std::jthread more{[&](const std::stop_token& stop) {
    for (const auto begin = Wall::now(); !stop.stop_requested() && since(begin) < 3;)
      std::this_thread::sleep_for(10ms);
    fake->frozen = stop.stop_requested();
  }};
  const auto blocks = hear(*source, 0.2);
  CHECK(fake->frozen);
  CHECK(blocks.front().time() == Timestamp{});
  CHECK(longest_hole(blocks) < 1e-4);
}

TEST_CASE("a sound server that hangs in a call is left behind within a second") {
  const auto fake = std::make_shared<FakeMicrophone>();
  auto source = listen(fake);
  static_cast<void>(hear(*source, 0.2));
  fake->stuck = true;
  std::this_thread::sleep_for(50ms);
  std::stop_source stop;
  stop.request_stop();
  const auto begin = Wall::now();
  while (source->read(stop.get_token())) {  // what was heard before still comes
  }
  source.reset();
  CHECK(since(begin) < 1);
  CHECK(fake->closed == 0);
  fake->stuck = false;
  for (int i = 0; i < 200 && fake->closed == 0; ++i) std::this_thread::sleep_for(5ms);
  CHECK(fake->closed == 1);  // and closes once it is let go
}

TEST_CASE("opening a microphone fails for what it is, and within a deadline when nothing answers") {
  const auto fake = std::make_shared<FakeMicrophone>();
  const auto trouble = [&](int error) {
    fake->open_error = error;
    const auto thrown = device_error_of([&] { static_cast<void>(listen(fake)); });
    REQUIRE(thrown);
    return thrown->trouble();
  };
  CHECK(trouble(EBUSY) == DeviceTrouble::busy);
  CHECK(trouble(EACCES) == DeviceTrouble::forbidden);
  CHECK(trouble(ENODEV) == DeviceTrouble::absent);
  CHECK(trouble(ENOTSUP) == DeviceTrouble::unsupported);
  CHECK(trouble(EIO) == DeviceTrouble::failed);
  fake->open_error = 0;
  fake->stuck = true;
  const auto begin = Wall::now();
  const auto silent = device_error_of([&] { static_cast<void>(listen(fake)); });
  CHECK(since(begin) < 0.8);
  REQUIRE(silent);
  CHECK(silent->trouble() == DeviceTrouble::failed);
  CHECK(std::string{silent->what()}.find("does not answer") != std::string::npos);
  fake->stuck = false;
  for (int i = 0; i < 200 && fake->closed < fake->opened; ++i) std::this_thread::sleep_for(5ms);
  CHECK(fake->closed == fake->opened);
}

TEST_CASE("a microphone that is away for too long, or never gives a sound, is an error") {
  const auto fake = std::make_shared<FakeMicrophone>();
  auto options = hasty();
  options.longest_absence = 200ms;
  auto source = listen(fake, options);
  static_cast<void>(hear(*source, 0.2));
  fake->plugged = false;
  const auto begin = Wall::now();
  const auto away = device_error_of([&] {
    for (;;) static_cast<void>(source->read({}));
  });
  REQUIRE(away);
  CHECK(away->trouble() == DeviceTrouble::lost);
  CHECK(since(begin) < 1);

  const auto dead = std::make_shared<FakeMicrophone>();
  dead->frozen = true;
  const auto never = listen(dead, options);
  const auto nothing = device_error_of([&] { static_cast<void>(never->read({})); });
  REQUIRE(nothing);
  CHECK(nothing->trouble() == DeviceTrouble::failed);
}

TEST_CASE("an overrun is counted, and time stays right behind it") {
  const auto fake = std::make_shared<FakeMicrophone>();
  auto source = listen(fake);
  const auto begin = Wall::now();
  static_cast<void>(hear(*source, 1.2));
  fake->torn = true;
  const auto blocks = hear(*source, 2.6);
  CHECK(std::abs(since(begin) - end_of(blocks.back())) < 0.2);
  const auto log = source->log();
  CHECK(log->statistics().lost_by_driver == 1);
  source.reset();
  const auto flags = told_by(log);
  REQUIRE(flags.size() == 1);
  CHECK(flags.front().what == "frames_dropped");
}

TEST_CASE(
    "whoever keeps what is known of a closed microphone keeps no later session from beginning at zero") {
  const auto fake = std::make_shared<FakeMicrophone>();
  auto first = listen(fake);
  static_cast<void>(hear(*first, 0.2));
  const auto kept = first->log();
  first.reset();
  CHECK(seconds(hear(*listen(fake), 0.2).front().time()) < 0.2);
  CHECK(kept->statistics().delivered > 0);
}
