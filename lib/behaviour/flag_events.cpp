#include "base/known_flags.hpp"

#include <invigil/flag_events.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace invigil {

namespace {

constexpr Duration evidence_margin = std::chrono::seconds{5};

std::string readable(std::string_view name) {
  std::string words{name};
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string sentence(const PlatformEvent& event) {
  const auto what = fmt::format("the exam page reported \"{}\"", readable(event.event));
  return event.duration > Duration::zero() ? fmt::format("{} for {:.1f} s", what, seconds(event.duration))
                                           : what;
}

}  // namespace

FlagEvents::FlagEvents(Policy policy) : policy_(std::move(policy)) {}

void FlagEvents::process(PlatformEvent event, const Emit<Flag>& emit) {
  const auto* known = known_flag(event.event);
  if (known) {
    const auto how = policy_.of(event.event);
    const bool too_short = event.duration > Duration::zero() && event.duration < how.longer_than;
    if (!how.enabled || too_short) return;  // a moment has no length that could be too short
  }
  Flag flag;
  flag.what = event.event;
  flag.kind = known ? known->kind : FlagKind::milestone;
  flag.begin = event.time;
  flag.end = event.time + std::max(event.duration, Duration::zero());
  flag.because = sentence(event);
  flag.evidence_begin = std::max(std::min(Timestamp{}, flag.begin), flag.begin - evidence_margin);
  flag.evidence_end = flag.end + evidence_margin;
  emit(std::move(flag));
}

}  // namespace invigil
