// A microphone in software behind the microphone reader's own interface: it does what a test tells it to do.
#pragma once

#include "capture/microphone_source.hpp"
#include "capture/sound_node.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <memory>
#include <new>
#include <thread>
#include <utility>

extern "C" {
#include <libavutil/channel_layout.h>
}

namespace invigil::test {

/// What the test and the driver's side share. It gives runs of 20 ms of one constant sample.
struct FakeMicrophone {
  using Wall = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds length{20};

  int channels = 1;
  std::atomic<bool> plugged{true}, frozen{false};
  std::atomic<bool> stuck{false};    ///< The driver lets no call return.
  std::atomic<bool> torn{false};     ///< The next run comes after an overrun.
  std::atomic<int> open_error{0};    ///< What opening fails with.
  std::atomic<int> sample{8000};     ///< Of 32768.
  std::atomic<double> off_by_ms{0};  ///< What it says of time is wrong by so much,
  std::atomic<int> wrong{1 << 30};   ///< for so many runs.
  std::atomic<int> opened{0}, closed{0};
  std::atomic<int> given{0}, asked{0};  ///< Runs, and how often it was looked for one.

  /// Gives nothing more, and returns once the reader has all that was given.
  void fall_silent() {
    frozen = true;
    for (const int before = asked; asked < before + 2;)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
};

class FakeSoundNode final : public capture::SoundNode {
 public:
  explicit FakeSoundNode(std::shared_ptr<FakeMicrophone> microphone)
      : microphone_(std::move(microphone)), due_(FakeMicrophone::Wall::now() + FakeMicrophone::length) {}
  ~FakeSoundNode() override {
    hang();
    ++microphone_->closed;
  }
  int take(capture::Run& run, std::chrono::milliseconds at_most) override {
    hang();
    const auto until = FakeMicrophone::Wall::now() + at_most;
    for (;;) {
      ++microphone_->asked;
      if (!microphone_->plugged) return ENODEV;
      const auto now = FakeMicrophone::Wall::now();
      if (!microphone_->frozen && now >= due_) break;
      if (now >= until) return EAGAIN;
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    const double off = microphone_->given++ < microphone_->wrong ? microphone_->off_by_ms.load() : 0;
    run.begin =
        due_ - FakeMicrophone::length + std::chrono::microseconds{static_cast<std::int64_t>(off * 1000)};
    run.torn = microphone_->torn.exchange(false);
    run.sound = samples();
    due_ += FakeMicrophone::length;
    return 0;
  }

 private:
  [[nodiscard]] media::UniqueFrame samples() const {
    auto frame = media::make_frame();
    frame->format = AV_SAMPLE_FMT_S16;
    frame->sample_rate = 48000;
    frame->nb_samples = 960;
    av_channel_layout_default(&frame->ch_layout, microphone_->channels);
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
    std::fill_n(reinterpret_cast<std::int16_t*>(frame->data[0]), 960 * microphone_->channels,
                static_cast<std::int16_t>(microphone_->sample));
    return frame;
  }
  void hang() const {
    while (microphone_->stuck) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  std::shared_ptr<FakeMicrophone> microphone_;
  FakeMicrophone::Wall::time_point due_;
};

class FakeSoundPort final : public capture::SoundPort {
 public:
  explicit FakeSoundPort(std::shared_ptr<FakeMicrophone> microphone) : microphone_(std::move(microphone)) {}
  std::unique_ptr<capture::SoundNode> open(int& error) override {
    while (microphone_->stuck) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    error = microphone_->plugged ? microphone_->open_error.load() : ENODEV;
    if (error) return nullptr;
    ++microphone_->opened;
    return std::make_unique<FakeSoundNode>(microphone_);
  }
  [[nodiscard]] std::string name() const override { return "fake"; }

 private:
  std::shared_ptr<FakeMicrophone> microphone_;
};

}  // namespace invigil::test
