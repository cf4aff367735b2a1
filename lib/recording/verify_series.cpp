// Checking with what was kept elsewhere, and several parts together.
#include "crypto/merkle.hpp"
#include "recording/beacon.hpp"
#include "recording/scan.hpp"
#include "recording/verdict.hpp"

#include <invigil/error.hpp>
#include <invigil/verify.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace invigil {

namespace {

using crypto::CheckpointNote;
using crypto::VerifierKey;
using recording::Member;
using recording::Scan;

/// What the options say, taken apart.
struct Known {
  std::vector<VerifierKey> signers, cosigners;
  std::optional<CheckpointNote> newest;
};

Known parse(const VerifyOptions& options) {
  Known known;
  for (const auto& text : options.signers) known.signers.push_back(recording::signer_key(text));
  for (const auto& text : options.cosigners) {
    auto key = VerifierKey::parse(text, crypto::KeyType::cosignature);
    if (!key)
      throw Error(Errc::argument, "cosigner",
                  "is no verifier key of a cosigner (name+...+..., of type 0x04)");
    known.cosigners.push_back(std::move(*key));
  }
  if (!options.newest_checkpoint.empty()) {
    known.newest = CheckpointNote::parse(options.newest_checkpoint);
    if (!known.newest) throw Error(Errc::argument, "checkpoint", "is no signed checkpoint");
  }
  return known;
}

void damaged(Scan& scan, std::string problem) {
  if (scan.state != RecordingState::damaged) scan.problem = std::move(problem);
  scan.state = RecordingState::damaged;
}

std::uint64_t known_leaves(const Scan& scan) {
  const auto lost = [](const Member& m) { return !m.leaf; };
  return static_cast<std::uint64_t>(std::find_if(scan.members.begin(), scan.members.end(), lost) -
                                    scan.members.begin());
}

/// Compares with a tree head that is known to be right. Gives how many of its members are missing at the end.
std::uint64_t compare(Scan& scan, std::uint64_t size, const recording::Digest& root, std::string_view whose) {
  const std::uint64_t have = scan.members.size();
  if (size > have) {
    damaged(scan, fmt::format("its tail was cut off: {} of the {} members that {} signs are missing",
                              size - have, size, whose));
    return size - have;
  }
  const auto own = recording::root_over(scan, size);
  if (own && *own != root)
    damaged(scan, fmt::format("its first {} members are not those that {} signs", size, whose));
  return 0;
}

/// The key that signed a checkpoint from elsewhere, if any that counts did.
bool counts(const CheckpointNote& note, const Scan& scan, const Known& known) {
  const auto cosigned = [&](const VerifierKey& key) {
    return std::any_of(
        note.signatures.begin(), note.signatures.end(), [&](const crypto::NoteSignature& line) {
          const auto cosignature = crypto::Cosignature::from(line);
          return line.name == key.name && cosignature && cosignature->holds(key, note.checkpoint);
        });
  };
  const auto signed_by = [&](const VerifierKey& key) { return note.signed_by(key); };
  return (scan.verifier && note.signed_by(*scan.verifier)) ||
         std::any_of(known.signers.begin(), known.signers.end(), signed_by) ||
         std::any_of(known.cosigners.begin(), known.cosigners.end(), cosigned);
}

std::uint64_t compare_with_newest(Scan& scan, const Known& known) {
  if (!known.newest) return 0;
  const auto& head = known.newest->checkpoint;
  const bool same = scan.verifier && scan.verifier->name == head.origin;
  if (!counts(*known.newest, scan, known)) {
    if (same)
      throw Error(Errc::argument, "checkpoint",
                  "is signed neither by the recording's key nor by a given cosigner");
    damaged(scan, "the checkpoint given is not one of this recording");
    return 0;
  }
  if (same) return compare(scan, head.size, head.root, "the checkpoint given");
  damaged(scan, "the checkpoint given is one of another recording");
  return 0;
}

/// The newest cosignature of each known cosigner among the beacons, in the order of the keys.
std::vector<Cosigned> cosigned_heads(const Scan& scan, const Known& known) {
  std::map<std::string, Cosigned> newest;
  if (!scan.verifier || known.cosigners.empty()) return {};
  std::map<std::uint64_t, std::vector<crypto::Cosignature>> by_size;
  for (std::size_t i = 0; i < scan.members.size(); ++i) {
    const auto head = recording::CosignedHead::parse(scan.members[i].beacon);
    if (head && scan.members[i].flawless && head->size <= i) by_size[head->size].push_back(head->cosignature);
  }
  crypto::MerkleTree tree;
  const std::uint64_t leaves = known_leaves(scan);
  for (const auto& [size, cosignatures] : by_size) {
    if (size > leaves) break;
    while (tree.size() < size) tree.add(*scan.members[tree.size()].leaf);
    const crypto::Checkpoint head{scan.verifier->name, size, tree.root()};
    for (const auto& cosignature : cosignatures)
      for (const auto& key : known.cosigners)
        if (cosignature.holds(key, head))
          newest[key.to_string()] = {key.name, size,
                                     std::chrono::sys_seconds{std::chrono::seconds{cosignature.time}}};
  }
  std::vector<Cosigned> all;
  for (const auto& [key, head] : newest) all.push_back(head);
  return all;
}

std::string sentence(const Cosigned& c) {
  return fmt::format("; {} saw its first {} members by {:%Y-%m-%dT%H:%M:%SZ}", c.cosigner, c.members,
                     fmt::gmtime(c.time));
}

Verification judge(Scan& scan, const Known& known, bool last) {
  const std::uint64_t missing = last ? compare_with_newest(scan, known) : 0;
  auto result = recording::verdict(scan);
  result.missing = missing;
  result.cosigned = cosigned_heads(scan, known);
  for (const auto& c : result.cosigned) result.message += sentence(c);
  return result;
}

/// Whether a part names the end of the one before, which is compared with what it names.
bool continues(const Scan& part, Scan& before) {
  if (part.members.empty()) return false;
  const Member& first = part.members.front();
  if (!first.flawless || first.kind != recording::MemberKind::resume) return false;
  const auto head = recording::EarlierHead::parse(first.beacon);
  if (!head) return false;
  static_cast<void>(compare(before, head->size, head->root, "the part after it"));
  return recording::root_over(before, head->size) == head->root;
}

std::string_view name_of(RecordingState state) {
  return state == RecordingState::whole          ? "whole"
         : state == RecordingState::unterminated ? "unterminated"
                                                 : "damaged";
}

SeriesVerification judge(std::vector<Scan> scans, const Known& known) {
  SeriesVerification result;
  result.state = scans.back().state;
  std::string trouble;
  for (std::size_t i = 0; i + 1 < scans.size(); ++i) {
    if (!continues(scans[i + 1], scans[i])) {
      result.state = RecordingState::damaged;
      if (trouble.empty())
        trouble = fmt::format("; part {} does not continue part {} where that ends", i + 2, i + 1);
    }
    if (scans[i].state == RecordingState::damaged) result.state = RecordingState::damaged;
  }
  for (std::size_t i = 0; i < scans.size(); ++i) {
    result.parts.push_back(judge(scans[i], known, i + 1 == scans.size()));
    if (scans[i].state == RecordingState::damaged) result.state = RecordingState::damaged;
  }
  result.message = fmt::format("{}: {} parts{}", name_of(result.state), scans.size(), trouble);
  for (std::size_t i = 0; i < scans.size(); ++i)
    result.message += fmt::format("; part {}: {}", i + 1, result.parts[i].message);
  return result;
}

}  // namespace

Verification verify(ByteSource& recording, const VerifyOptions& options) {
  const Known known = parse(options);
  if (known.signers.size() > 1) throw Error(Errc::argument, "signer", "a recording has one signer; give one");
  Scan scan =
      recording::scan(recording, known.signers.empty() ? std::nullopt : std::optional{known.signers.front()});
  return judge(scan, known, true);
}

SeriesVerification verify(const std::vector<ByteSource*>& parts, const VerifyOptions& options) {
  const Known known = parse(options);
  if (parts.empty()) throw Error(Errc::argument, "verify", "no recording was given");
  if (!known.signers.empty() && known.signers.size() != parts.size())
    throw Error(
        Errc::argument, "signer",
        fmt::format("{} parts have as many signers; {} were given", parts.size(), known.signers.size()));
  std::vector<Scan> scans;
  for (std::size_t i = 0; i < parts.size(); ++i)
    scans.push_back(
        recording::scan(*parts[i], known.signers.empty() ? std::nullopt : std::optional{known.signers[i]}));
  return judge(std::move(scans), known);
}

std::string to_json(const SeriesVerification& verification) {
  auto parts = nlohmann::ordered_json::array();
  for (const auto& part : verification.parts) parts.push_back(nlohmann::ordered_json::parse(to_json(part)));
  return nlohmann::ordered_json{
      {"state", name_of(verification.state)}, {"parts", parts}, {"message", verification.message}}
      .dump();
}

}  // namespace invigil
