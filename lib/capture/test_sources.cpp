#include "capture/clock.hpp"
#include "capture/sources.hpp"

#include <invigil/media.hpp>

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace invigil::capture {

#ifdef INVIGIL_TEST_HOOKS

namespace {

Timestamp time_of(const RawFrame& frame) { return frame.time; }
Timestamp time_of(const AudioBlock& block) { return block.time() + block.duration(); }

/// Gives each item when its time has come, as a device would.
template <class T>
class Live final : public Source<T> {
 public:
  explicit Live(std::unique_ptr<Source<T>> source) : source_(std::move(source)) {}
  std::optional<T> read(std::stop_token stop) override {
    clock_.start();
    auto item = source_->read(stop);
    if (!item) return std::nullopt;
    std::unique_lock lock{mutex_};
    never_.wait_until(lock, stop, clock_.moment(time_of(*item)), [] { return false; });
    if (stop.stop_requested()) return std::nullopt;
    return item;
  }
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] std::string name() const override { return source_->name(); }

 private:
  std::unique_ptr<Source<T>> source_;
  Clock clock_;
  std::mutex mutex_;
  std::condition_variable_any never_;
};

/// A camera that never fails.
class TestCamera final : public CameraSource {
 public:
  explicit TestCamera(std::unique_ptr<Source<RawFrame>> source)
      : source_(std::move(source)), log_(std::make_shared<CameraLog>("the camera")) {}
  ~TestCamera() override { log_->end(); }
  TestCamera(const TestCamera&) = delete;
  TestCamera& operator=(const TestCamera&) = delete;
  std::optional<RawFrame> read(std::stop_token stop) override {
    auto frame = source_->read(std::move(stop));
    if (frame) log_->delivered({}, frame->time);
    return frame;
  }
  [[nodiscard]] std::string name() const override { return source_->name(); }
  [[nodiscard]] std::shared_ptr<CameraLog> log() const override { return log_; }

 private:
  std::unique_ptr<Source<RawFrame>> source_;
  std::shared_ptr<CameraLog> log_;
};

}  // namespace

bool test_sources_wanted() {
  const char* wanted = std::getenv("INVIGIL_TEST_SOURCES");
  return wanted && std::string_view{wanted} == "1";
}

std::unique_ptr<Source<RawFrame>> test_picture_source(int width, int height, double rate) {
  return std::make_unique<Live<RawFrame>>(
      test_video(fmt::format("testsrc2=size={}x{}:rate={}", width, height, rate)));
}
std::unique_ptr<CameraSource> test_camera(int width, int height, double rate) {
  return std::make_unique<TestCamera>(test_picture_source(width, height, rate));
}
std::unique_ptr<Source<AudioBlock>> test_sound_source() {
  return std::make_unique<Live<AudioBlock>>(test_audio("sine=frequency=440:sample_rate=48000"));
}

#else

bool test_sources_wanted() { return false; }
std::unique_ptr<Source<RawFrame>> test_picture_source(int, int, double) { return nullptr; }
std::unique_ptr<CameraSource> test_camera(int, int, double) { return nullptr; }
std::unique_ptr<Source<AudioBlock>> test_sound_source() { return nullptr; }

#endif

}  // namespace invigil::capture
