// A camera in software behind the camera reader's own interface: it does what a test tells it to do.
#pragma once

#include "capture/camera_source.hpp"
#include "capture/video_node.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace invigil::test {

/// What the test and the driver's side share.
struct FakeCamera {
  using Wall = std::chrono::steady_clock;

  capture::StreamFormat format{.coding = capture::StreamFormat::Coding::mjpeg, .width = 64, .height = 48};
  std::chrono::microseconds period{5000};
  /// The n-th buffer since the camera was plugged in; n counts over restarts. Default: all are the same.
  std::function<std::vector<std::uint8_t>(std::uint64_t n)> picture;
  /// The last word on what the driver says of the n-th buffer; false leaves it out as a driver does that has
  /// none free.
  std::function<bool(std::uint64_t n, capture::Filled& filled)> change;
  /// What taking the n-th buffer fails with.
  std::function<int(std::uint64_t n)> failure;

  std::atomic<bool> plugged{true}, frozen{false};
  std::atomic<bool> stuck{false};  ///< The driver lets no call return.
  std::atomic<bool> heals{false};  ///< A restart of the stream ends `frozen`.
  std::atomic<int> open_error{0}, start_error{0};
  std::atomic<int> opened{0}, started{0}, closed{0};
  std::atomic<std::uint64_t> made{0};

  void unplug() { plugged = false; }
  void plug() {
    plugged = true;
    const std::lock_guard lock{mutex};
    ++comings;
    changed.notify_all();
  }
  std::mutex mutex;
  std::condition_variable changed;
  int comings = 0;
};

class FakeNode final : public capture::VideoNode {
 public:
  explicit FakeNode(std::shared_ptr<FakeCamera> camera) : camera_(std::move(camera)) {}
  ~FakeNode() override {
    hang();
    ++camera_->closed;
  }
  [[nodiscard]] const capture::StreamFormat& format() const override { return camera_->format; }
  int start() override {
    if (camera_->start_error) return camera_->start_error;
    ++camera_->started;
    if (camera_->started > 1 && camera_->heals) camera_->frozen = false;
    sequence_ = 0;
    due_ = FakeCamera::Wall::now() + camera_->period;
    return 0;
  }
  int stop() override {
    hang();
    return camera_->plugged ? 0 : ENODEV;
  }
  Event wait(std::chrono::milliseconds at_most) override {
    hang();
    const auto until = FakeCamera::Wall::now() + at_most;
    for (;;) {
      if (!camera_->plugged) return Event::gone;
      const auto now = FakeCamera::Wall::now();
      if (!camera_->frozen && now >= due_) return Event::frame;
      if (now >= until) return Event::nothing;
      const auto next = camera_->frozen ? now + std::chrono::milliseconds{2} : due_;
      std::this_thread::sleep_until(std::min(next, until));
    }
  }
  int take(capture::Filled& filled) override {
    const auto n = camera_->made++;
    if (camera_->failure)
      if (const int error = camera_->failure(n)) return error;
    bytes_ = camera_->picture(n);
    filled = {.bytes = bytes_,
              .stamp = std::chrono::duration_cast<std::chrono::microseconds>(due_.time_since_epoch()),
              .sequence = sequence_++};
    due_ += camera_->period;
    if (FakeCamera::Wall::now() > due_ + 100 * camera_->period) due_ = FakeCamera::Wall::now();
    return camera_->change && !camera_->change(n, filled) ? EAGAIN : 0;
  }
  int give_back(const capture::Filled&) override {
    std::fill(bytes_.begin(), bytes_.end(), std::uint8_t{0});  // the driver writes the next one there
    return camera_->plugged ? 0 : ENODEV;
  }

 private:
  void hang() const {
    while (camera_->stuck) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
  std::shared_ptr<FakeCamera> camera_;
  std::vector<std::uint8_t> bytes_;
  std::uint32_t sequence_ = 0;
  FakeCamera::Wall::time_point due_{};
};

class FakePort final : public capture::CameraPort {
 public:
  explicit FakePort(std::shared_ptr<FakeCamera> camera) : camera_(std::move(camera)) {}
  std::unique_ptr<capture::VideoNode> open(int& error) override {
    while (camera_->stuck) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    error = camera_->plugged ? camera_->open_error.load() : ENODEV;
    if (error) return nullptr;
    ++camera_->opened;
    return std::make_unique<FakeNode>(camera_);
  }
  bool await_change(std::chrono::milliseconds at_most) override {
    std::unique_lock lock{camera_->mutex};
    const bool come = camera_->changed.wait_for(lock, at_most, [&] { return camera_->comings > seen_; });
    seen_ = camera_->comings;
    return come;
  }
  [[nodiscard]] std::string name() const override { return "fake"; }

 private:
  std::shared_ptr<FakeCamera> camera_;
  int seen_ = 0;
};

}  // namespace invigil::test
