// FindSpeech: sound in blocks of 32 ms, each with its level, its loudness and how likely it is speech.
#include "behaviour/loudness.hpp"
#include "behaviour/to_16k.hpp"
#include "vision/model_store.hpp"
#include "vision/silero.hpp"

#include <invigil/behaviour.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <numeric>
#include <optional>

namespace invigil {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t block = vision::Silero::block;  // at 16 kHz
constexpr std::size_t block_48k = 3 * block;
constexpr Duration block_length = 32ms;
static_assert(block_48k * 1000 == AudioBlock::rate * 32);
/// Timestamps of devices jitter, those of containers are rounded. More than this is a hole or an overlap.
constexpr Duration jitter = 40ms;

/// The net hears a beginning and an end up to two blocks late, and wavers from block to block in noise: a
/// block is told by the mean of its logit and the next two.
constexpr std::size_t told_by = 3;

float logit(float p) {
  const float inside = std::clamp(p, 1e-6F, 1 - 1e-6F);
  return std::log(inside / (1 - inside));
}

/// Platt's scaling (1999) of that mean: p = 1 / (1 + exp(-(a mean + b))). On close speech under three noises
/// at 0 dB, .971 of it is above logit(0.32) and .035 of the pauses, of the noises alone .006 at most; so 0.32
/// becomes 0.5 by `b`. The slope `a` is the maximum-likelihood fit over all conditions.
float calibrated(std::span<const float> logits) {
  constexpr float a = 0.7F;
  constexpr float b = 0.528F;  // -a logit(0.32)
  const float mean = std::accumulate(logits.begin(), logits.end(), 0.0F) / static_cast<float>(logits.size());
  return 1 / (1 + std::exp(-(a * mean + b)));
}

float level_of(std::span<const float> samples) {
  const double energy = std::accumulate(samples.begin(), samples.end(), 0.0,
                                        [](double sum, float x) { return sum + double{x} * x; });
  const double mean = energy / static_cast<double>(std::max<std::size_t>(samples.size(), 1));
  return static_cast<float>(std::max(-120.0, 10 * std::log10(std::max(mean, 1e-12))));
}

/// The share of samples at full scale. Codecs leave ripples on what was cut flat, hence a little below.
float clipped_share(std::span<const float> samples) {
  const auto at_full_scale = std::ranges::count_if(samples, [](float x) { return std::abs(x) >= 0.98F; });
  return static_cast<float>(at_full_scale) / static_cast<float>(std::max<std::size_t>(samples.size(), 1));
}

/// One sample that is no number would stay in the net's memory for ever.
float sane(float x) { return std::isfinite(x) ? std::clamp(x, -1.0F, 1.0F) : 0.0F; }

std::unique_ptr<vision::Silero> load_silero() {
  const auto onnx = vision::load_model("silero-vad");
  return onnx ? std::make_unique<vision::Silero>(*onnx) : nullptr;
}

}  // namespace

struct FindSpeech::Impl {
  std::unique_ptr<vision::Silero> net = load_silero();
  behaviour::To16k to_16k;
  behaviour::Loudness loudness;
  std::optional<Timestamp> start;      ///< Of the first sample that waits.
  std::vector<float> waiting, at_16k;  ///< The same sound at both rates.
  std::deque<Speech> heard;            ///< Until the blocks that tell them are there.
  std::deque<float> logits;            ///< Of the same blocks.

  [[nodiscard]] Timestamp expected() const {
    return *start + Duration{static_cast<std::int64_t>(waiting.size()) * 1'000'000'000 / AudioBlock::rate};
  }

  void hear(const AudioBlock& sound, const Emit<Speech>& emit) {
    std::vector<float> mono = sound.mono();
    std::ranges::transform(mono, mono.begin(), sane);
    if (start) join(sound.time() - expected(), mono, emit);
    if (mono.empty()) return;
    if (!start) start = sound.time();
    waiting.insert(waiting.end(), mono.begin(), mono.end());
    if (net) to_16k.push(mono, at_16k);
    while (waiting.size() >= block_48k && (!net || at_16k.size() >= block)) judge(emit);
  }

  /// What comes `off` too late leaves a hole; of what comes too early, the part that was heard is cut off.
  void join(Duration off, std::vector<float>& mono, const Emit<Speech>& emit) {
    if (off > jitter) end(emit);
    if (off >= -jitter) return;
    const auto doubled = static_cast<std::size_t>(seconds(-off) * AudioBlock::rate);
    mono.erase(mono.begin(), mono.begin() + static_cast<std::ptrdiff_t>(std::min(doubled, mono.size())));
  }

  /// The sound has ended, or has a hole here: tells about what waits, as if silence followed, and forgets.
  void end(const Emit<Speech>& emit) {
    if (net) to_16k.flush(at_16k);
    while (!waiting.empty()) judge(emit);
    while (!heard.empty()) tell(emit);
    at_16k.clear();
    start.reset();
    loudness.reset();
    if (net) net->reset();
  }

  void judge(const Emit<Speech>& emit) {
    const auto block_of_it = std::span{waiting}.first(std::min(waiting.size(), block_48k));
    loudness.push(block_of_it);
    Speech speech{.time = *start,
                  .probability = -1,
                  .level = level_of(block_of_it),
                  .loudness = loudness.momentary(),
                  .clipped = clipped_share(block_of_it)};
    if (net) {
      at_16k.resize(std::max(at_16k.size(), block), 0.0F);
      logits.push_back(logit(net->probability(std::span{at_16k}.first<block>())));
      at_16k.erase(at_16k.begin(), at_16k.begin() + static_cast<std::ptrdiff_t>(block));
    }
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(block_of_it.size()));
    *start += block_length;
    heard.push_back(speech);
    if (!net || heard.size() == told_by) tell(emit);
  }

  /// The oldest block that waits, by itself and what followed it so far.
  void tell(const Emit<Speech>& emit) {
    if (net) {
      const std::vector<float> by(logits.begin(), logits.end());
      heard.front().probability = calibrated(by);
      logits.pop_front();
    }
    emit(heard.front());
    heard.pop_front();
  }
};

FindSpeech::FindSpeech() : impl_(std::make_unique<Impl>()) {}
FindSpeech::~FindSpeech() = default;
FindSpeech::FindSpeech(FindSpeech&&) noexcept = default;
FindSpeech& FindSpeech::operator=(FindSpeech&&) noexcept = default;

void FindSpeech::process(AudioBlock sound, const Emit<Speech>& emit) {
  if (sound.size() > 0) impl_->hear(sound, emit);
}
void FindSpeech::finish(const Emit<Speech>& emit) { impl_->end(emit); }

/// Nothing earlier than what waits can come any more.
Timestamp FindSpeech::horizon(Timestamp seen) const {
  if (!impl_->heard.empty()) return std::min(impl_->heard.front().time, seen);
  return impl_->start ? std::min(*impl_->start, seen) : seen;
}

std::string FindSpeech::detector() const { return impl_->net ? "silero-vad" : "none"; }

}  // namespace invigil
