#include "behaviour/raiser.hpp"

#include <invigil/error.hpp>
#include <invigil/raise.hpp>

namespace invigil {

namespace {

behaviour::RaiserOptions speech_options(Duration longer_than) {
  behaviour::RaiserOptions options;
  options.what = "speech";
  options.longer_than = longer_than;
  options.time_constant = std::chrono::milliseconds{100};  // a syllable
  options.because = [](const behaviour::Sighting& heard) { return behaviour::how_long("speech", heard); };
  return options;
}

}  // namespace

struct FlagSpeech::Impl {
  behaviour::Raiser raiser;
};

FlagSpeech::FlagSpeech(FlagSpeechOptions options) {
  if (options.longer_than < Duration::zero())
    throw Error(Errc::argument, "FlagSpeech", "longer_than is negative; give 0 s or more");
  impl_ = std::make_unique<Impl>(Impl{behaviour::Raiser{speech_options(options.longer_than)}});
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
