// Screens through libavdevice, and cameras where nothing else reads them.
#include "capture/device_error.hpp"
#include "capture/sources.hpp"

#include <invigil/error.hpp>

#include <fmt/format.h>

#ifndef INVIGIL_WITH_AVDEVICE

namespace invigil::capture {

std::unique_ptr<CameraSource> libavdevice_camera(const std::string&, const CameraOptions&) {
  throw DeviceError(DeviceTrouble::unsupported, "camera",
                    "this build has no libavdevice; build with INVIGIL_AVDEVICE=ON");
}
std::unique_ptr<Source<RawFrame>> open_screen(const ScreenOptions&) {
  throw DeviceError(DeviceTrouble::unsupported, "screen",
                    "this build has no libavdevice; build with INVIGIL_AVDEVICE=ON");
}

}  // namespace invigil::capture

#else

#include "capture/input.hpp"
#include "capture/v4l2.hpp"
#include "media/picture.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

namespace invigil::capture {

namespace {

media::UniqueCodec open_decoder(const AVCodecParameters& parameters, const std::string& name) {
  const auto* decoder = avcodec_find_decoder(parameters.codec_id);
  media::UniqueCodec codec{avcodec_alloc_context3(decoder)};
  if (!codec) throw std::bad_alloc();
  codec->thread_count = 1;
  if (!decoder || avcodec_parameters_to_context(codec.get(), &parameters) < 0 ||
      avcodec_open2(codec.get(), decoder, nullptr) < 0)
    throw Error(Errc::unsupported, name, "its picture format cannot be decoded by this build");
  return codec;
}

class Pictures final : public CameraSource {
 public:
  explicit Pictures(const Address& address)
      : input_(address),
        decoder_(open_decoder(*input_.parameters(), input_.name())),
        parameters_(input_.parameters()),
        maker_(input_.name()),
        log_(std::make_shared<DeviceLog>(of_camera)) {}
  ~Pictures() override { log_->end(); }
  Pictures(const Pictures&) = delete;
  Pictures& operator=(const Pictures&) = delete;

  std::optional<RawFrame> read(std::stop_token stop) override {
    while (auto captured = input_.read(stop)) {
      index_ += captured->lost;
      if (captured->parameters != parameters_) {  // it was opened anew, its size may be another one
        decoder_ = open_decoder(*captured->parameters, input_.name());
        parameters_ = captured->parameters;
      }
      auto frame = decode(*captured->packet);
      const std::uint64_t index = index_++;
      if (!frame) {  // a bad picture is skipped; the index tells
        log_->damaged({.queue = captured->lost});
        continue;
      }
      last_ = std::max(captured->time, last_ + std::chrono::microseconds{1});
      log_->delivered({.queue = captured->lost}, last_);
      return RawFrame{maker_.make(std::move(frame)), last_, index};
    }
    return std::nullopt;
  }
  [[nodiscard]] std::string name() const override { return input_.name(); }
  [[nodiscard]] std::shared_ptr<DeviceLog> log() const override { return log_; }

 private:
  media::UniqueFrame decode(const AVPacket& packet) {
    auto frame = media::make_frame();
    if (avcodec_send_packet(decoder_.get(), &packet) < 0) return nullptr;
    if (avcodec_receive_frame(decoder_.get(), frame.get()) < 0 || frame->decode_error_flags) return nullptr;
    return frame;
  }

  Input input_;
  media::UniqueCodec decoder_;
  std::shared_ptr<const AVCodecParameters> parameters_;  ///< Of the decoder.
  media::PictureMaker maker_;
  std::shared_ptr<DeviceLog> log_;
  Timestamp last_{};
  std::uint64_t index_ = 0;
};

std::string size_text(int width, int height) { return fmt::format("{}x{}", width, height); }

Address camera_address(const std::string& device, const CameraOptions& o) {
#if defined(__APPLE__)
  Address address{"camera", "avfoundation", device.empty() ? "default" : device, {}};
#elif defined(_WIN32)
  if (device.empty())
    throw DeviceError(DeviceTrouble::absent, "camera", "dshow has no default; name one that is listed");
  Address address{"camera", "dshow", "video=" + device, {}};
#else
  const auto camera = choose_camera(device);
  Address address{"camera", "v4l2", camera.node, {}, o.queue};
  if (const auto* format = choose_format(camera.formats, o.width, o.height, o.rate))
    address.options = {{"input_format", format->name},
                       {"video_size", size_text(format->width, format->height)},
                       {"framerate", fmt::format("{:.6g}", format->rate)}};
  return address;
#endif
  address.queue = o.queue;
  address.options = {{"video_size", size_text(o.width, o.height)},
                     {"framerate", fmt::format("{:g}", o.rate)}};
  return address;
}

}  // namespace

std::unique_ptr<CameraSource> libavdevice_camera(const std::string& device, const CameraOptions& options) {
  return std::make_unique<Pictures>(camera_address(device, options));
}

std::unique_ptr<Source<RawFrame>> open_screen(const ScreenOptions& options) {
  std::string device = options.device;
  // There is a $DISPLAY in a Wayland session too, and it shows the windows of X11 programs alone: half a
  // screen.
  if (const char* wayland = std::getenv("WAYLAND_DISPLAY"); device.empty() && wayland && *wayland)
    throw DeviceError(DeviceTrouble::unsupported, "screen",
                      "a Wayland session shows its screen to no other program; log out and choose an X11 "
                      "(Xorg) session, or "
                      "share the screen from the browser");
  if (const char* display = std::getenv("DISPLAY"); device.empty() && display) device = display;
  if (device.empty())
    throw DeviceError(DeviceTrouble::absent, "screen",
                      "there is no X display: $DISPLAY is not set; log in to an X11 session");
  return std::make_unique<Pictures>(
      Address{"screen",
              "x11grab",
              device,
              {{"framerate", fmt::format("{:g}", options.rate)}, {"draw_mouse", "1"}},
              2,
              true});
}

}  // namespace invigil::capture
#endif
