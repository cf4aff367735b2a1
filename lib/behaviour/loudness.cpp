#include "behaviour/loudness.hpp"

#include <invigil/audio.hpp>

#include <algorithm>
#include <new>

#ifdef INVIGIL_WITH_EBUR128
#include <ebur128.h>
#endif

namespace invigil::behaviour {

namespace {
constexpr float silence = -120;
}

#ifdef INVIGIL_WITH_EBUR128

namespace {
struct FreeState {
  void operator()(ebur128_state* p) const { ebur128_destroy(&p); }
};
using UniqueState = std::unique_ptr<ebur128_state, FreeState>;
}  // namespace

struct Loudness::Impl {
  UniqueState state{ebur128_init(1, AudioBlock::rate, EBUR128_MODE_M)};
  Impl() {
    if (!state) throw std::bad_alloc();
  }
};

void Loudness::push(std::span<const float> samples) {
  if (ebur128_add_frames_float(impl_->state.get(), samples.data(), samples.size()) != EBUR128_SUCCESS)
    throw std::bad_alloc();  // the only failure that the library knows here
}

float Loudness::momentary() const {
  double lufs = silence;
  if (ebur128_loudness_momentary(impl_->state.get(), &lufs) != EBUR128_SUCCESS) return silence;
  return std::max(static_cast<float>(lufs), silence);  // silence is minus infinity
}

#else

struct Loudness::Impl {};
void Loudness::push(std::span<const float> /*samples*/) {}
float Loudness::momentary() const { return silence; }

#endif

Loudness::Loudness() : impl_(std::make_unique<Impl>()) {}
Loudness::~Loudness() = default;
Loudness::Loudness(Loudness&&) noexcept = default;
Loudness& Loudness::operator=(Loudness&&) noexcept = default;
void Loudness::reset() { impl_ = std::make_unique<Impl>(); }

}  // namespace invigil::behaviour
