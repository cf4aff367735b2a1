// What connects a recording with others: the part before it, and the server that watches it.
#include "base/json.hpp"
#include "crypto/note.hpp"
#include "recording/beacon.hpp"
#include "recording/recording_impl.hpp"

#include <invigil/error.hpp>

#include <utility>

#include <fmt/format.h>

namespace invigil {

namespace {

using recording::MemberKind;

std::string resume_line(const EarlierPart& part) {
  json::Object line;
  line["signer"] = part.signer;
  line["checkpoint"] = part.checkpoint;
  line["end"] = seconds(part.end);
  line["begin"] = seconds(part.begin);
  json::Object whole;
  whole["resume"] = line;
  return json::line(whole);
}

Flag not_cosigned(Timestamp begin, Timestamp end, const std::string& why) {
  Flag flag;
  flag.what = "not_cosigned";
  flag.kind = FlagKind::technical;
  flag.begin = flag.evidence_begin = begin;
  flag.end = flag.evidence_end = end;
  flag.because = "no server vouched for the recording meanwhile: " + why;
  return flag;
}

}  // namespace

Timestamp Recording::Impl::in_session(Timestamp given) const {
  return options.resumes ? options.resumes->begin + given.time_since_epoch() : given;
}

AudioBlock Recording::Impl::in_session(AudioBlock given) const {
  if (!options.resumes) return given;
  std::vector<float> samples;
  for (int c = 0; c < given.channels(); ++c)
    samples.insert(samples.end(), given.channel(c).begin(), given.channel(c).end());
  return {in_session(given.time()), given.channels(), std::move(samples)};
}

void Recording::Impl::begin_part() {
  if (!options.resumes) return;
  const auto& part = *options.resumes;
  const auto note = crypto::parse_checkpoint(part.checkpoint);
  if (!note) throw Error(Errc::argument, "resumes", "its checkpoint is none; take it from earlier_part()");
  counted.media = part.begin.time_since_epoch();
  archive.add_beacon(recording::EarlierHead{note->checkpoint.size, note->checkpoint.root}.beacon());
  log.add(MemberKind::resume, resume_line(part), part.end, part.begin);
  log.flush(archive);
  if (part.begin > part.end) write_gap(part.end, part.begin, "the recording was interrupted");
}

/// Takes what has come from the witness, and asks again when it is time. After a sync: what a server knows of
/// must not be lost here.
void Recording::Impl::tend_witness() {
  if (!witness) return;
  if (const auto outcome = witness->poll()) take_outcome(*outcome);
  if (witness->due()) witness->ask(archive.checkpoint(), archive.leaves());
}

void Recording::Impl::take_outcome(const recording::WitnessLoop::Outcome& outcome) {
  const Timestamp now{counted.media};
  for (const auto& beacon : outcome.beacons) archive.add_beacon(beacon);
  if (outcome.trouble.empty()) return end_unwitnessed(now);
  if (unwitnessed) return;
  unwitnessed = now;
  why_unwitnessed = outcome.trouble;
  log.add(MemberKind::flag, to_json(not_cosigned(now, now, why_unwitnessed)), now, now);
}

/// The first failure was told at once; now how long it lasted.
void Recording::Impl::end_unwitnessed(Timestamp now) {
  const auto since = std::exchange(unwitnessed, std::nullopt);
  if (since && now > *since)
    log.add(MemberKind::flag, to_json(not_cosigned(*since, now, why_unwitnessed)), *since, now);
}

/// Everything is committed: what the witness does now changes nothing here, but lets it know the end.
void Recording::Impl::ask_last() noexcept {
  if (!witness) return;
  try {
    static_cast<void>(witness->wait());
    if (!witness->idle()) return;
    witness->ask(archive.checkpoint(), archive.leaves());
    static_cast<void>(witness->wait());
  } catch (...) {  // out of memory at most
  }
}

}  // namespace invigil
