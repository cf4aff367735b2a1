// Microphones through libavdevice: where nothing else reads them.
#include "capture/sources.hpp"

#include <invigil/error.hpp>

#ifndef INVIGIL_WITH_AVDEVICE

std::unique_ptr<invigil::capture::MicrophoneSource> invigil::capture::libavdevice_microphone(
    const std::string&) {
  throw DeviceError(
      DeviceTrouble::unsupported, "microphone",
      "this build does not read it; build with INVIGIL_PULSE, INVIGIL_ALSA or INVIGIL_AVDEVICE");
}

#else

#include "capture/device_error.hpp"
#include "capture/input.hpp"
#include "capture/line_source.hpp"
#include "capture/sound_server.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include <fmt/format.h>

namespace invigil::capture {

namespace {

using namespace std::chrono_literals;

/// What the drivers deliver is PCM: one packet is one run of samples.
class Pcm {
 public:
  Pcm(const AVCodecParameters& parameters, const std::string& name) {
    const auto* decoder = avcodec_find_decoder(parameters.codec_id);
    codec_.reset(avcodec_alloc_context3(decoder));
    if (!codec_) throw std::bad_alloc();
    if (!decoder || avcodec_parameters_to_context(codec_.get(), &parameters) < 0 ||
        avcodec_open2(codec_.get(), decoder, nullptr) < 0)
      throw Error(Errc::unsupported, name, "its sample format cannot be decoded by this build");
  }
  media::UniqueFrame decode(const AVPacket& packet) {
    auto frame = media::make_frame();
    if (avcodec_send_packet(codec_.get(), &packet) < 0) return nullptr;
    if (avcodec_receive_frame(codec_.get(), frame.get()) < 0) return nullptr;
    return frame;
  }

 private:
  media::UniqueCodec codec_;
};

class Sound final : public LineSource {
 public:
  explicit Sound(std::unique_ptr<Input> input)
      : LineSource(input->name(), std::min(input->parameters()->ch_layout.nb_channels, 2)),
        input_(std::move(input)),
        pcm_(*input_->parameters(), input_->name()),
        log_(std::make_shared<DeviceLog>(of_microphone)) {}
  ~Sound() override { log_->end(); }
  Sound(const Sound&) = delete;
  Sound& operator=(const Sound&) = delete;

  [[nodiscard]] std::string name() const override { return input_->name(); }
  [[nodiscard]] std::shared_ptr<DeviceLog> log() const override { return log_; }

 private:
  [[nodiscard]] bool hear(const std::stop_token& stop) override {
    const auto captured = input_->read(stop);
    if (!captured) return false;
    log_->delivered({.queue = captured->lost}, captured->time);
    if (auto frame = pcm_.decode(*captured->packet))
      put(std::move(frame), captured->time, captured->lost > 0);
    return true;
  }

  std::unique_ptr<Input> input_;
  Pcm pcm_;
  std::shared_ptr<DeviceLog> log_;
};

std::unique_ptr<Sound> open(const Address& address) {
  return std::make_unique<Sound>(std::make_unique<Input>(address));
}

Address pulse(const std::string& source) {
  // 20 ms of 16-bit mono: the server's own fragments are seconds long.
  return {"microphone",
          "pulse",
          source,
          {{"sample_rate", "48000"}, {"channels", "1"}, {"fragment_size", "1920"}},
          250};
}
Address alsa(const std::string& device, const char* channels) {
  return {"microphone", "alsa", device, {{"sample_rate", "48000"}, {"channels", channels}}, 250};
}

std::unique_ptr<MicrophoneSource> open_alsa(const std::string& device) {
  silence_alsa();
  try {
    return open(alsa(device, "1"));
  } catch (const Error&) {
    return open(alsa(device, "2"));  // hardware that has no mono, or the reason why not
  }
}

}  // namespace

std::unique_ptr<MicrophoneSource> libavdevice_microphone(const std::string& device) {
#if defined(__APPLE__)
  return open(Address{"microphone", "avfoundation", ":" + (device.empty() ? "default" : device), {}, 250});
#elif defined(_WIN32)
  return open(Address{"microphone", "dshow", "audio=" + device, {}, 250});
#else
  if (device.starts_with("alsa:")) return open_alsa(device.substr(5));
  if (device.starts_with("pulse:")) return open(pulse(device.substr(6)));
  throw DeviceError(DeviceTrouble::absent, "microphone libavdevice:" + device,
                    "is no name that it knows; write libavdevice:pulse:... or libavdevice:alsa:...");
#endif
}

}  // namespace invigil::capture
#endif
