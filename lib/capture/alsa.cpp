#ifdef INVIGIL_WITH_ALSA
#include "capture/alsa.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <new>
#include <utility>

#include <alsa/asoundlib.h>
#include <fmt/format.h>

extern "C" {
#include <libavutil/channel_layout.h>
}

namespace invigil::capture {

namespace {

using namespace std::chrono_literals;
using Wall = std::chrono::steady_clock;

struct Free {
  void operator()(snd_pcm_t* p) const { snd_pcm_close(p); }
  void operator()(snd_ctl_t* p) const { snd_ctl_close(p); }
};
using UniquePcm = std::unique_ptr<snd_pcm_t, Free>;
using UniqueCard = std::unique_ptr<snd_ctl_t, Free>;

void say_nothing(const char*, int, const char*, int, const char*, ...) {}

/// alsa-lib writes to standard error by itself, which a library must not.
void silence() {
  static std::once_flag once;
  std::call_once(once, [] { snd_lib_error_set_handler(say_nothing); });
}

struct Format {
  snd_pcm_format_t alsa;
  AVSampleFormat av;
};
constexpr std::array known{Format{SND_PCM_FORMAT_S16, AV_SAMPLE_FMT_S16},
                           Format{SND_PCM_FORMAT_FLOAT, AV_SAMPLE_FMT_FLT},
                           Format{SND_PCM_FORMAT_S32, AV_SAMPLE_FMT_S32}};

class AlsaNode final : public SoundNode {
 public:
  /// 0 or an errno. Once, before anything else.
  [[nodiscard]] int open(const std::string& device);
  [[nodiscard]] int take(Run& run, std::chrono::milliseconds at_most) override;

 private:
  [[nodiscard]] int set_hardware();
  [[nodiscard]] int set_timestamps();
  [[nodiscard]] int restart();
  [[nodiscard]] Clock::Moment begin_of_next() const;

  UniquePcm pcm_;
  AVSampleFormat format_ = AV_SAMPLE_FMT_NONE;
  unsigned rate_ = 48000, channels_ = 1;
  snd_pcm_uframes_t period_ = 960;
  bool torn_ = false;
};

int AlsaNode::open(const std::string& device) {
  silence();
  snd_pcm_t* pcm = nullptr;
  if (const int error = snd_pcm_open(&pcm, device.c_str(), SND_PCM_STREAM_CAPTURE, SND_PCM_NONBLOCK);
      error < 0)
    return -error;
  pcm_.reset(pcm);
  for (const auto step : {&AlsaNode::set_hardware, &AlsaNode::set_timestamps})
    if (const int error = (this->*step)(); error < 0) return -error;
  return -std::min(snd_pcm_start(pcm), 0);
}

int AlsaNode::set_hardware() {
  auto* pcm = pcm_.get();
  snd_pcm_hw_params_t* wanted = nullptr;
  snd_pcm_hw_params_alloca(&wanted);
  int error = snd_pcm_hw_params_any(pcm, wanted);
  if (error < 0) return error;
  if ((error = snd_pcm_hw_params_set_access(pcm, wanted, SND_PCM_ACCESS_RW_INTERLEAVED)) < 0) return error;
  const auto* given = std::find_if(known.begin(), known.end(), [&](const Format& f) {
    return snd_pcm_hw_params_test_format(pcm, wanted, f.alsa) == 0;
  });
  if (given == known.end()) return -ENOTSUP;
  format_ = given->av;
  unsigned length = 20'000, all = 500'000;  // microseconds
  if ((error = snd_pcm_hw_params_set_format(pcm, wanted, given->alsa)) < 0 ||
      (error = snd_pcm_hw_params_set_rate_near(pcm, wanted, &rate_, nullptr)) < 0 ||
      (error = snd_pcm_hw_params_set_channels_near(pcm, wanted, &channels_)) < 0 ||
      (error = snd_pcm_hw_params_set_period_time_near(pcm, wanted, &length, nullptr)) < 0 ||
      (error = snd_pcm_hw_params_set_buffer_time_near(pcm, wanted, &all, nullptr)) < 0 ||
      (error = snd_pcm_hw_params(pcm, wanted)) < 0)
    return error;
  return snd_pcm_hw_params_get_period_size(wanted, &period_, nullptr);
}

/// On the monotonic clock, as everything here.
int AlsaNode::set_timestamps() {
  auto* pcm = pcm_.get();
  snd_pcm_sw_params_t* wanted = nullptr;
  snd_pcm_sw_params_alloca(&wanted);
  int error = snd_pcm_sw_params_current(pcm, wanted);
  if (error < 0) return error;
  if ((error = snd_pcm_sw_params_set_tstamp_mode(pcm, wanted, SND_PCM_TSTAMP_ENABLE)) < 0 ||
      (error = snd_pcm_sw_params_set_tstamp_type(pcm, wanted, SND_PCM_TSTAMP_TYPE_MONOTONIC)) < 0 ||
      (error = snd_pcm_sw_params_set_avail_min(pcm, wanted, period_)) < 0)
    return error;
  return snd_pcm_sw_params(pcm, wanted);
}

/// After an overrun, which lost samples.
int AlsaNode::restart() {
  torn_ = true;
  if (const int error = snd_pcm_prepare(pcm_.get()); error < 0) return -error;
  return -std::min(snd_pcm_start(pcm_.get()), 0);
}

/// At the time of its status the device held so many samples that were not read yet.
Clock::Moment AlsaNode::begin_of_next() const {
  snd_pcm_status_t* status = nullptr;
  snd_pcm_status_alloca(&status);
  const auto now = Wall::now();
  if (snd_pcm_status(pcm_.get(), status) < 0) return now;
  snd_htimestamp_t stamp{};
  snd_pcm_status_get_htstamp(status, &stamp);
  const auto told =
      Clock::Moment{std::chrono::seconds{stamp.tv_sec} + std::chrono::nanoseconds{stamp.tv_nsec}};
  const auto held = std::max<snd_pcm_sframes_t>(snd_pcm_status_get_delay(status), 0);
  const bool sane = told <= now && told > now - 1s;
  return (sane ? told : now) - Duration{std::int64_t{held} * 1'000'000'000 / rate_};
}

int AlsaNode::take(Run& run, std::chrono::milliseconds at_most) {
  auto* pcm = pcm_.get();
  const int ready = snd_pcm_wait(pcm, static_cast<int>(at_most.count()));
  if (ready == 0) return EAGAIN;
  if (ready == -EPIPE) {
    const int error = restart();
    return error ? error : EAGAIN;
  }
  if (ready < 0) return -ready;
  run.begin = begin_of_next();
  run.sound = media::make_frame();
  run.sound->format = format_;
  run.sound->sample_rate = static_cast<int>(rate_);
  run.sound->nb_samples = static_cast<int>(period_);
  av_channel_layout_default(&run.sound->ch_layout, static_cast<int>(channels_));
  if (av_frame_get_buffer(run.sound.get(), 0) < 0) throw std::bad_alloc();
  const auto got = snd_pcm_readi(pcm, run.sound->data[0], period_);
  if (got == -EPIPE) {
    const int error = restart();
    return error ? error : EAGAIN;
  }
  if (got <= 0) return got == 0 ? EAGAIN : static_cast<int>(-got);
  run.sound->nb_samples = static_cast<int>(got);
  run.torn = std::exchange(torn_, false);
  return 0;
}

class AlsaPort final : public SoundPort {
 public:
  explicit AlsaPort(std::string device) : device_(std::move(device)) {}
  std::unique_ptr<SoundNode> open(int& error) override {
    auto node = std::make_unique<AlsaNode>();
    error = node->open(device_);
    return error ? nullptr : std::move(node);
  }
  [[nodiscard]] std::string name() const override { return device_; }

 private:
  std::string device_;
};

void add_card(int number, std::vector<SoundSource>& found) {
  snd_ctl_t* opened = nullptr;
  if (snd_ctl_open(&opened, fmt::format("hw:{}", number).c_str(), SND_CTL_READONLY) < 0) return;
  const UniqueCard card{opened};
  snd_ctl_card_info_t* about = nullptr;
  snd_ctl_card_info_alloca(&about);
  snd_pcm_info_t* pcm = nullptr;
  snd_pcm_info_alloca(&pcm);
  if (snd_ctl_card_info(opened, about) < 0) return;
  for (int device = -1; snd_ctl_pcm_next_device(opened, &device) == 0 && device >= 0;) {
    snd_pcm_info_set_device(pcm, static_cast<unsigned>(device));
    snd_pcm_info_set_subdevice(pcm, 0);
    snd_pcm_info_set_stream(pcm, SND_PCM_STREAM_CAPTURE);
    if (snd_ctl_pcm_info(opened, pcm) < 0) continue;
    found.push_back({fmt::format("plughw:CARD={},DEV={}", snd_ctl_card_info_get_id(about), device),
                     fmt::format("{}, {}", snd_ctl_card_info_get_name(about), snd_pcm_info_get_name(pcm)),
                     found.empty()});
  }
}

}  // namespace

std::vector<SoundSource> alsa_microphones() {
  silence();
  std::vector<SoundSource> found;
  for (int card = -1; snd_card_next(&card) == 0 && card >= 0;) add_card(card, found);
  return found;
}

std::unique_ptr<SoundPort> alsa_port(const std::string& device) { return std::make_unique<AlsaPort>(device); }

}  // namespace invigil::capture
#endif
