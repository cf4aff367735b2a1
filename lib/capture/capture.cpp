// The public classes: a device's source, and its name.
#include "capture/sources.hpp"

#include <invigil/capture.hpp>
#include <invigil/error.hpp>

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace invigil {

namespace {

void require_rate(const char* where, double rate) {
  if (!std::isfinite(rate) || rate <= 0 || rate > 1000)
    throw Error(Errc::argument, where, fmt::format("{} frames a second is outside 0 to 1000", rate));
}
void require_size(const char* where, int width, int height) {
  if (width < 1 || height < 1 || width > 16384 || height > 16384)
    throw Error(Errc::argument, where, fmt::format("{}x{} is outside 1x1 to 16384x16384", width, height));
}

std::unique_ptr<capture::CameraSource> camera(const CameraOptions& o) {
  require_size("CameraOptions", o.width, o.height);
  require_rate("CameraOptions", o.rate);
  if (o.queue < 1) throw Error(Errc::argument, "CameraOptions", "a queue holds at least 1 picture");
  return capture::test_sources_wanted() ? capture::test_camera(o.width, o.height, o.rate)
                                        : capture::open_camera(o);
}
std::unique_ptr<Source<RawFrame>> screen(const ScreenOptions& o) {
  require_rate("ScreenOptions", o.rate);
  return capture::test_sources_wanted() ? capture::test_picture_source(1280, 720, o.rate)
                                        : capture::open_screen(o);
}
std::unique_ptr<capture::MicrophoneSource> microphone(const MicrophoneOptions& o) {
  return capture::test_sources_wanted() ? capture::test_microphone() : capture::open_microphone(o);
}

}  // namespace

struct Camera::Impl {
  std::unique_ptr<capture::CameraSource> source;
};
Camera::Camera(CameraOptions options) : impl_(std::make_unique<Impl>(Impl{camera(options)})) {}
Camera::~Camera() = default;
Camera::Camera(Camera&&) noexcept = default;
Camera& Camera::operator=(Camera&&) noexcept = default;
std::optional<RawFrame> Camera::read(std::stop_token stop) { return impl_->source->read(std::move(stop)); }
std::string Camera::name() const { return impl_->source->name(); }
std::shared_ptr<const CaptureMonitor> Camera::monitor() const { return impl_->source->log(); }
std::unique_ptr<Source<Flag>> Camera::flags() { return capture::flags_of(impl_->source->log()); }

struct Microphone::Impl {
  std::unique_ptr<capture::MicrophoneSource> source;
};
Microphone::Microphone(MicrophoneOptions options)
    : impl_(std::make_unique<Impl>(Impl{microphone(options)})) {}
Microphone::~Microphone() = default;
Microphone::Microphone(Microphone&&) noexcept = default;
Microphone& Microphone::operator=(Microphone&&) noexcept = default;
std::optional<AudioBlock> Microphone::read(std::stop_token stop) {
  return impl_->source->read(std::move(stop));
}
std::string Microphone::name() const { return impl_->source->name(); }
std::shared_ptr<const CaptureMonitor> Microphone::monitor() const { return impl_->source->log(); }
std::unique_ptr<Source<Flag>> Microphone::flags() { return capture::flags_of(impl_->source->log()); }

struct Screen::Impl {
  std::unique_ptr<Source<RawFrame>> source;
};
Screen::Screen(ScreenOptions options) : impl_(std::make_unique<Impl>(Impl{screen(options)})) {}
Screen::~Screen() = default;
Screen::Screen(Screen&&) noexcept = default;
Screen& Screen::operator=(Screen&&) noexcept = default;
std::optional<RawFrame> Screen::read(std::stop_token stop) { return impl_->source->read(std::move(stop)); }
std::string Screen::name() const { return impl_->source->name(); }

}  // namespace invigil
