// What can be said about a recording without any private key.
#include "recording/scan.hpp"
#include "recording/verdict.hpp"

#include <invigil/error.hpp>
#include <invigil/playback.hpp>
#include <invigil/verify.hpp>

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace invigil {

namespace {

using recording::Member;
using recording::MemberKind;

std::string_view to_string(RecordingState state) {
  switch (state) {
    case RecordingState::whole:
      return "whole";
    case RecordingState::unterminated:
      return "unterminated";
    case RecordingState::damaged:
      break;
  }
  return "damaged";
}

std::string_view to_string(SignerState state) {
  switch (state) {
    case SignerState::checked:
      return "checked";
    case SignerState::not_checked:
      return "not checked";
    case SignerState::wrong:
      break;
  }
  return "wrong";
}

std::string signer_sentence(SignerState state) {
  switch (state) {
    case SignerState::checked:
      return "signed by the registered signer";
    case SignerState::not_checked:
      return "self-consistent, signer not checked";
    case SignerState::wrong:
      break;
  }
  return "NOT signed by the registered signer";
}

std::string list_of(const std::vector<std::uint64_t>& numbers) {
  constexpr std::size_t shown = 8;
  const auto first = std::span{numbers}.first(std::min(numbers.size(), shown));
  return fmt::format("{}{}", fmt::join(first, ", "), numbers.size() > shown ? ", ..." : "");
}

/// Who could write to the file could write the note, so it is told as what it is.
std::string sentence(const RecordingChange& change) {
  return fmt::format("; {} member{} {} by choice on {} (\"{}\"; this note is not signed)", change.members,
                     change.members == 1 ? "" : "s",
                     change.kind == ChangeKind::shred ? "shredded" : "given other recipients", change.utc,
                     change.why);
}

std::string sentence(const Verification& v, const recording::Scan& scan) {
  std::string text =
      fmt::format("{}: {} segment{}", to_string(v.state), v.segments, v.segments == 1 ? "" : "s");
  if (v.state == RecordingState::unterminated)
    text += ", not closed (a crash, or its tail was cut off); all that is there is intact";
  if (v.state == RecordingState::damaged) text += ", " + scan.problem;
  if (!v.bad.empty()) text += fmt::format("; bad members: {}", list_of(v.bad));
  constexpr std::size_t shown = 4;
  for (std::size_t i = 0; i < std::min(v.changes.size(), shown); ++i) text += sentence(v.changes[i]);
  if (v.changes.size() > shown) text += fmt::format("; and {} more such notes", v.changes.size() - shown);
  return text + "; " + signer_sentence(v.signer);
}

}  // namespace

Verification verify(ByteSource& recording) { return verify(recording, VerifyOptions{}); }

Verification detail::verify_signer(ByteSource& recording, const std::string& signer) {
  VerifyOptions options;
  if (!signer.empty()) options.signers.push_back(signer);
  return verify(recording, options);
}

crypto::VerifierKey recording::signer_key(const std::string& text) {
  auto key = crypto::VerifierKey::parse(text);
  if (!key)
    throw Error(Errc::argument, "signer",
                "is no verifier key (invigil/...+...+...), as record --signer-out writes");
  return std::move(*key);
}

Verification recording::verdict(const Scan& scan) {
  Verification result;
  result.state = scan.state;
  result.signer = scan.signer;
  for (std::size_t i = 0; i < scan.members.size(); ++i) {
    const Member& member = scan.members[i];
    if (!member.flawless) result.bad.push_back(i);
    if (member.shredded) result.shredded.push_back(i);
    if (member.rewrapped) result.rewrapped.push_back(i);
    if (member.flawless && member.intact && member.kind == MemberKind::media) ++result.segments;
    if (member.flawless && member.kind == MemberKind::gap)
      result.gaps.emplace_back(member.time, member.time + member.duration);
  }
  for (const auto& change : scan.changes) result.changes.push_back(change.summary());
  result.shredded_spans = recording::shredded_spans(scan);
  result.message = sentence(result, scan);
  return result;
}

std::string to_json(const Verification& v) {
  using Json = nlohmann::ordered_json;
  const auto spans = [](const auto& of) {
    auto list = Json::array();
    for (const auto& [begin, end] : of) list.push_back({seconds(begin), seconds(end)});
    return list;
  };
  auto changes = Json::array();
  for (const auto& c : v.changes)
    changes.push_back(
        Json{{"change", to_string(c.kind)}, {"utc", c.utc}, {"why", c.why}, {"members", c.members}});
  auto cosigned = Json::array();
  for (const auto& c : v.cosigned)
    cosigned.push_back(Json{{"by", c.cosigner},
                            {"members", c.members},
                            {"time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(c.time))}});
  return Json{{"state", to_string(v.state)},
              {"signer", to_string(v.signer)},
              {"segments", v.segments},
              {"bad", v.bad},
              {"shredded", v.shredded},
              {"gaps", spans(v.gaps)},
              {"message", v.message},
              {"cosigned", cosigned},
              {"missing", v.missing},
              {"rewrapped", v.rewrapped},
              {"shredded_spans", spans(v.shredded_spans)},
              {"changes", changes}}
      .dump();
}

}  // namespace invigil
