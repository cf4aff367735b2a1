#include "behaviour/sound_evidence.hpp"

#include <invigil/error.hpp>
#include <invigil/raise.hpp>

namespace invigil {

struct FlagSpeech::Impl {
  behaviour::Raiser raiser;
};

FlagSpeech::FlagSpeech(FlagSpeechOptions options) {
  if (options.longer_than < Duration::zero())
    throw Error(Errc::argument, "FlagSpeech", "longer_than is negative; give 0 s or more");
  impl_ = std::make_unique<Impl>(Impl{behaviour::Raiser{behaviour::speech_options(options.longer_than)}});
}
FlagSpeech::~FlagSpeech() = default;
FlagSpeech::FlagSpeech(FlagSpeech&&) noexcept = default;
FlagSpeech& FlagSpeech::operator=(FlagSpeech&&) noexcept = default;

void FlagSpeech::process(Speech speech, const Emit<Flag>& emit) {
  if (speech.probability < 0) return;  // no model to tell
  impl_->raiser.add({speech.time, double{speech.probability}, 1}, emit);
}
void FlagSpeech::finish(const Emit<Flag>& emit) { impl_->raiser.finish(emit); }
Timestamp FlagSpeech::horizon(Timestamp seen) const { return impl_->raiser.horizon(seen); }

}  // namespace invigil
