// Cameras and screens through libavdevice.
#include "capture/sources.hpp"

#include <invigil/error.hpp>

#include <fmt/format.h>

#ifndef INVIGIL_WITH_DEVICES

namespace invigil::capture {

std::unique_ptr<Source<RawFrame>> open_camera(const CameraOptions&) {
  throw Error(Errc::unsupported, "Camera", "this build has no devices; build with INVIGIL_DEVICES=ON");
}
std::unique_ptr<Source<RawFrame>> open_screen(const ScreenOptions&) {
  throw Error(Errc::unsupported, "Screen", "this build has no devices; build with INVIGIL_DEVICES=ON");
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

class Pictures final : public Source<RawFrame> {
 public:
  explicit Pictures(const Address& address)
      : input_(address), decoder_(open_decoder(input_.parameters(), input_.name())), maker_(input_.name()) {}

  std::optional<RawFrame> read(std::stop_token stop) override {
    while (auto captured = input_.read(stop)) {
      index_ += captured->lost;
      auto frame = decode(*captured->packet);
      const std::uint64_t index = index_++;
      if (!frame) continue;  // a bad picture is skipped; the index tells
      last_ = std::max(captured->time, last_ + std::chrono::microseconds{1});
      return RawFrame{maker_.make(std::move(frame)), last_, index};
    }
    return std::nullopt;
  }
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] std::string name() const override { return input_.name(); }

 private:
  media::UniqueFrame decode(const AVPacket& packet) {
    auto frame = media::make_frame();
    if (avcodec_send_packet(decoder_.get(), &packet) < 0) return nullptr;
    if (avcodec_receive_frame(decoder_.get(), frame.get()) < 0 || frame->decode_error_flags) return nullptr;
    return frame;
  }

  Input input_;
  media::UniqueCodec decoder_;
  media::PictureMaker maker_;
  Timestamp last_{};
  std::uint64_t index_ = 0;
};

std::string size_text(int width, int height) { return fmt::format("{}x{}", width, height); }

#if defined(__APPLE__) || defined(_WIN32)

Address camera_address(const CameraOptions& o) {
#ifdef __APPLE__
  Address address{"camera", "avfoundation", o.device.empty() ? "default" : o.device, {}};
#else
  if (o.device.empty()) throw Error(Errc::device, "camera", "dshow has no default; name one that is listed");
  Address address{"camera", "dshow", "video=" + o.device, {}};
#endif
  address.options = {{"video_size", size_text(o.width, o.height)},
                     {"framerate", fmt::format("{:g}", o.rate)}};
  return address;
}

#else

CameraDevice choose_camera(const std::string& wanted) {
  const auto cameras = find_cameras();
  const auto found = std::find_if(cameras.begin(), cameras.end(), [&](const CameraDevice& c) {
    return wanted.empty() ? c.error == 0 : c.node == wanted || c.card == wanted;
  });
  if (found != cameras.end() && found->error == 0) return *found;
  if (found != cameras.end()) throw device_error("camera", found->node, AVERROR(found->error));
  if (!wanted.empty()) throw device_error("camera", wanted, AVERROR(ENOENT));
  if (!cameras.empty()) throw device_error("camera", cameras.front().node, AVERROR(cameras.front().error));
  throw Error(Errc::device, "camera",
              "none is attached; plug one in, or check that no switch or cover disables it");
}

Address camera_address(const CameraOptions& o) {
  const auto camera = choose_camera(o.device);
  Address address{"camera", "v4l2", camera.node, {}};
  if (const auto* format = choose_format(camera.formats, o.width, o.height, o.rate))
    address.options = {{"input_format", format->name},
                       {"video_size", size_text(format->width, format->height)},
                       {"framerate", fmt::format("{:.6g}", format->rate)}};
  return address;
}

#endif

}  // namespace

std::unique_ptr<Source<RawFrame>> open_camera(const CameraOptions& options) {
  return std::make_unique<Pictures>(camera_address(options));
}

std::unique_ptr<Source<RawFrame>> open_screen(const ScreenOptions& options) {
  std::string device = options.device;
  if (const char* display = std::getenv("DISPLAY"); device.empty() && display) device = display;
  if (device.empty())
    throw Error(Errc::device, "screen",
                "there is no X display: $DISPLAY is not set; log in to an X11 session");
  return std::make_unique<Pictures>(
      Address{"screen",
              "x11grab",
              device,
              {{"framerate", fmt::format("{:g}", options.rate)}, {"draw_mouse", "1"}},
              2});
}

}  // namespace invigil::capture
#endif
