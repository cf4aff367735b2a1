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

/// A device that never fails: a `CameraSource` or a `MicrophoneSource`.
template <class Device>
class TestDevice final : public Device {
 public:
  using T = typename Device::value_type;
  TestDevice(std::unique_ptr<Source<T>> source, const Words& words)
      : source_(std::move(source)), log_(std::make_shared<DeviceLog>(words)) {}
  ~TestDevice() override { log_->end(); }
  TestDevice(const TestDevice&) = delete;
  TestDevice& operator=(const TestDevice&) = delete;
  std::optional<T> read(std::stop_token stop) override {
    auto item = source_.read(std::move(stop));
    if (item) log_->delivered({}, media_time(*item));
    return item;
  }
  [[nodiscard]] std::string name() const override { return source_.name(); }
  [[nodiscard]] std::shared_ptr<DeviceLog> log() const override { return log_; }

 private:
  Live<T> source_;
  std::shared_ptr<DeviceLog> log_;
};

std::unique_ptr<Source<RawFrame>> pattern(int width, int height, double rate) {
  return test_video(fmt::format("testsrc2=size={}x{}:rate={}", width, height, rate));
}

}  // namespace

bool test_sources_wanted() {
  const char* wanted = std::getenv("INVIGIL_TEST_SOURCES");
  return wanted && std::string_view{wanted} == "1";
}

std::unique_ptr<Source<RawFrame>> test_picture_source(int width, int height, double rate) {
  return std::make_unique<Live<RawFrame>>(pattern(width, height, rate));
}
std::unique_ptr<CameraSource> test_camera(int width, int height, double rate) {
  return std::make_unique<TestDevice<CameraSource>>(pattern(width, height, rate), of_camera);
}
std::unique_ptr<MicrophoneSource> test_microphone() {
  return std::make_unique<TestDevice<MicrophoneSource>>(test_audio("sine=frequency=440:sample_rate=48000"),
                                                        of_microphone);
}

#else

bool test_sources_wanted() { return false; }
std::unique_ptr<Source<RawFrame>> test_picture_source(int, int, double) { return nullptr; }
std::unique_ptr<CameraSource> test_camera(int, int, double) { return nullptr; }
std::unique_ptr<MicrophoneSource> test_microphone() { return nullptr; }

#endif

}  // namespace invigil::capture
