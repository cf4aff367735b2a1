#include "loudspeaker.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <numbers>
#include <utility>

#include <alsa/asoundlib.h>

namespace invigil::vm {

using namespace std::chrono_literals;

namespace {

constexpr unsigned rate = 48000;
constexpr snd_pcm_sframes_t period = 480, ahead = 10 * period;

}  // namespace

double monotonic() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double tone(double moment) { return 0.5 * std::sin(2 * std::numbers::pi * 440 * std::fmod(moment, 1.0)); }

Loudspeaker::Loudspeaker(Signal signal)
    : signal_(std::move(signal)), thread_([this](const std::stop_token& stop) { play(stop); }) {}

void Loudspeaker::play(const std::stop_token& stop) {
  snd_pcm_t* out = nullptr;
  if (snd_pcm_open(&out, "hw:Loopback,0,0", SND_PCM_STREAM_PLAYBACK, 0) < 0) return;
  bool good =
      snd_pcm_set_params(out, SND_PCM_FORMAT_S16_LE, SND_PCM_ACCESS_RW_INTERLEAVED, 1, rate, 0, 300'000) >= 0;
  std::array<short, period> samples{};
  while (good && !stop.stop_requested()) {
    const double before = monotonic();
    snd_pcm_sframes_t queued = 0;
    if (snd_pcm_delay(out, &queued) < 0) {
      good = snd_pcm_prepare(out) >= 0;
      queued = 0;
    }
    const double now = monotonic();
    if (now - before > 0.001) continue;  // others had the processor in between: queued when?
    if (queued > ahead) {
      std::this_thread::sleep_for(3ms);
      continue;
    }
    const double begin = now + double(queued) / rate;
    for (std::size_t i = 0; i < samples.size(); ++i)
      samples[i] = static_cast<short>(32767 * signal_(begin + double(i) / rate));
    if (snd_pcm_writei(out, samples.data(), period) < 0) good = snd_pcm_prepare(out) >= 0;
    if (snd_pcm_state(out) == SND_PCM_STATE_PREPARED && queued >= ahead / 2) snd_pcm_start(out);
  }
  snd_pcm_close(out);
}

}  // namespace invigil::vm
