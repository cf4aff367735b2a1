// Microphones through libavdevice: PulseAudio (or PipeWire in its place), else ALSA.
#include "capture/sources.hpp"

#include <invigil/error.hpp>

#ifndef INVIGIL_WITH_AVDEVICE

std::unique_ptr<invigil::Source<invigil::AudioBlock>> invigil::capture::open_microphone(
    const MicrophoneOptions&) {
  throw DeviceError(DeviceTrouble::unsupported, "microphone",
                    "this build has no libavdevice; build with INVIGIL_AVDEVICE=ON");
}

#else

#include "capture/device_error.hpp"
#include "capture/drift.hpp"
#include "capture/input.hpp"
#include "capture/sound_server.hpp"
#include "media/resampler.hpp"

#include <deque>
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

Duration length_of(const AVFrame& frame) {
  return Duration{av_rescale(frame.nb_samples, 1'000'000'000, frame.sample_rate)};
}

class Sound final : public Source<AudioBlock> {
 public:
  explicit Sound(const Address& address)
      : input_(address),
        pcm_(input_.parameters(), input_.name()),
        resampler_(input_.name(), std::min(input_.parameters().ch_layout.nb_channels, 2)) {}

  std::optional<AudioBlock> read(std::stop_token stop) override {
    while (ready_.empty()) {
      auto captured = input_.read(stop);
      if (!captured) return std::nullopt;
      if (auto frame = pcm_.decode(*captured->packet)) take(std::move(frame), captured->time);
    }
    auto block = std::move(ready_.front());
    ready_.pop_front();
    return block;
  }
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] std::string name() const override { return input_.name(); }

 private:
  void take(media::UniqueFrame frame, Timestamp time) {
    if (!anchor_.settled()) {
      anchor_.add(time, length_of(*frame));
      held_.push_back(std::move(frame));
      if (anchor_.settled()) release();
      return;
    }
    push(*frame, follow(time));
  }
  /// All that was held while the server's first timestamps settled.
  void release() {
    Timestamp at = anchor_.start();  // the resampler cuts what was heard before zero
    for (const auto& frame : std::exchange(held_, {})) {
      push(*frame, at);
      at += length_of(*frame);
    }
  }
  /// The time to restart the count at, after a loss; usually none, since samples are counted.
  std::optional<Timestamp> follow(Timestamp time) {
    const auto error = drift_.measure(time - resampler_.expected());
    if (!error) return std::nullopt;
    if (*error > Drift::tear || *error < -Drift::tear) return resampler_.expected() + *error;
    resampler_.drift(*error);
    return std::nullopt;
  }
  void push(const AVFrame& frame, std::optional<Timestamp> at) {
    resampler_.push(frame, at, [this](AudioBlock b) { ready_.push_back(std::move(b)); });
  }

  Input input_;
  Pcm pcm_;
  media::Resampler resampler_;
  Anchor anchor_;
  Drift drift_;
  std::vector<media::UniqueFrame> held_;
  std::deque<AudioBlock> ready_;
};

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

std::unique_ptr<Source<AudioBlock>> open_alsa(const std::string& device) {
  silence_alsa();
  try {
    return std::make_unique<Sound>(alsa(device, "1"));
  } catch (const Error&) {
    return std::make_unique<Sound>(alsa(device, "2"));  // hardware that has no mono, or the reason why not
  }
}

}  // namespace

std::unique_ptr<Source<AudioBlock>> open_microphone(const MicrophoneOptions& options) {
  const auto& wanted = options.device;
#if defined(__APPLE__)
  return std::make_unique<Sound>(
      Address{"microphone", "avfoundation", ":" + (wanted.empty() ? "default" : wanted), {}, 250});
#elif defined(_WIN32)
  return std::make_unique<Sound>(Address{"microphone", "dshow", "audio=" + wanted, {}, 250});
#else
  if (wanted.starts_with("alsa:")) return open_alsa(wanted.substr(5));
  const auto servers = sound_server_sources();
  if (servers) {
    const auto name = wanted.starts_with("pulse:") ? wanted.substr(6) : wanted;
    for (const auto& source : *servers)
      if (name.empty() ? source.standard : source.id == name || source.name == name)
        return std::make_unique<Sound>(pulse(source.id));
    if (!name.empty()) throw device_error("microphone", name, AVERROR(ENOENT));
  } else if (!wanted.empty()) {
    throw DeviceError(DeviceTrouble::absent, fmt::format("microphone {}", wanted),
                      "there is no sound server; start PulseAudio or PipeWire, or choose an alsa: device");
  } else if (alsa_has_cards()) {
    return open_alsa("default");
  }
  throw DeviceError(DeviceTrouble::absent, "microphone",
                    "none is attached; plug one in, or switch it on in the sound settings");
#endif
}

}  // namespace invigil::capture
#endif
