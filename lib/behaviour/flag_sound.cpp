#include "behaviour/sound_evidence.hpp"

#include <invigil/flag_sound.hpp>

#include <algorithm>
#include <string_view>
#include <vector>

namespace invigil {

namespace {

using behaviour::Evidence;
using behaviour::RaiserOptions;

struct Rule {
  behaviour::Raiser raiser;
  Evidence (*evidence)(const Speech&);
  bool needs_model = false;
};

Evidence speech(const Speech& heard) { return {heard.time, double{heard.probability}, 1}; }

}  // namespace

struct FlagSound::Impl {
  std::vector<Rule> rules;

  void add(const Policy& policy, std::string_view what, Evidence (*evidence)(const Speech&),
           RaiserOptions (*options)(Duration longer_than)) {
    const auto how = policy.of(what);
    if (how.enabled)
      rules.push_back({behaviour::Raiser{options(how.longer_than)}, evidence, evidence == speech});
  }
};

FlagSound::FlagSound(const Policy& policy) : impl_(std::make_unique<Impl>()) {
  impl_->add(policy, "speech", speech, behaviour::speech_options);
  impl_->add(policy, "clipping", behaviour::clipping, behaviour::clipping_options);
  impl_->add(policy, "microphone_muted", behaviour::muted, behaviour::muted_options);
  impl_->add(policy, "microphone_muted", behaviour::near_silence, behaviour::near_silence_options);
}
FlagSound::~FlagSound() = default;
FlagSound::FlagSound(FlagSound&&) noexcept = default;
FlagSound& FlagSound::operator=(FlagSound&&) noexcept = default;

void FlagSound::process(Speech heard, const Emit<Flag>& emit) {
  const bool no_model = heard.probability < 0;
  for (auto& rule : impl_->rules)
    if (!(rule.needs_model && no_model)) rule.raiser.add(rule.evidence(heard), emit);
}

void FlagSound::finish(const Emit<Flag>& emit) {
  for (auto& rule : impl_->rules) rule.raiser.finish(emit);
}

Timestamp FlagSound::horizon(Timestamp seen) const {
  Timestamp earliest = seen;
  for (const auto& rule : impl_->rules) earliest = std::min(earliest, rule.raiser.horizon(seen));
  return earliest;
}

}  // namespace invigil
