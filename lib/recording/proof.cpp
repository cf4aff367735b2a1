// Proofs about a recording, and their texts.
#include "crypto/encoding.hpp"
#include "crypto/merkle.hpp"
#include "crypto/note.hpp"
#include "recording/age_hasher.hpp"
#include "recording/signed_tree.hpp"

#include <invigil/error.hpp>
#include <invigil/proof.hpp>

#include <algorithm>
#include <optional>
#include <span>

#include <fmt/format.h>

namespace invigil {

namespace {

using crypto::CheckpointNote;
using crypto::take_until;
using recording::Entry;

constexpr std::string_view inclusion_magic = "c2sp.org/tlog-proof@v1";
constexpr std::size_t most_hashes = 63;  // a tree has fewer than 2^63 leaves

std::string lines_of(const std::vector<Hash>& hashes) {
  std::string text;
  for (const Hash& hash : hashes) text += crypto::base64(hash) + '\n';
  return text;
}

/// The lines up to and with the empty one. Nothing when one is no hash or there are too many.
std::optional<std::vector<Hash>> take_hashes(std::string_view& text) {
  std::vector<Hash> hashes;
  for (;;) {
    const auto line = take_until(text, '\n');
    if (!line) return std::nullopt;
    if (line->empty()) return hashes;
    const auto bytes = crypto::parse_base64(*line);
    Hash hash;
    if (!bytes || bytes->size() != hash.size() || hashes.size() == most_hashes) return std::nullopt;
    std::copy(bytes->begin(), bytes->end(), hash.begin());
    hashes.push_back(hash);
  }
}

/// What stands behind `word` and a space on the next line.
std::optional<std::string_view> take_value(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word) || !text.substr(word.size()).starts_with(' ')) return std::nullopt;
  text.remove_prefix(word.size() + 1);
  return take_until(text, '\n');
}

crypto::VerifierKey key_of(const std::string& signer) {
  const auto key = crypto::VerifierKey::parse(signer);
  if (!key)
    throw Error(Errc::argument, "signer",
                "is no verifier key (invigil/...+...+...), as record --signer-out writes");
  return *key;
}

std::optional<InclusionProof> parse_inclusion(std::string_view text) {
  if (take_until(text, '\n') != inclusion_magic) return std::nullopt;
  const auto extra = take_value(text, "extra");
  const auto entry = extra ? crypto::parse_base64(*extra) : std::nullopt;
  const auto index = take_value(text, "index");
  const auto number = index ? crypto::parse_number(*index) : std::nullopt;
  auto hashes = entry && number ? take_hashes(text) : std::nullopt;
  if (!hashes || !CheckpointNote::parse(text)) return std::nullopt;
  return InclusionProof{*number,
                        {reinterpret_cast<const char*>(entry->data()), entry->size()},
                        std::move(*hashes),
                        std::string{text}};
}

std::optional<ConsistencyProof> parse_consistency(std::string_view text) {
  const auto old = take_value(text, "old");
  const auto size = old ? crypto::parse_number(*old) : std::nullopt;
  auto hashes = size ? take_hashes(text) : std::nullopt;
  if (!hashes || !CheckpointNote::parse(text)) return std::nullopt;
  return ConsistencyProof{*size, std::move(*hashes), std::string{text}};
}

}  // namespace

std::string newest_checkpoint(ByteSource& recording) {
  return recording::signed_tree(recording).head.to_string();
}

std::string InclusionProof::to_string() const {
  return fmt::format("{}\nextra {}\nindex {}\n{}\n{}", inclusion_magic,
                     crypto::base64(crypto::as_bytes(entry)), index, lines_of(hashes), checkpoint);
}

InclusionProof InclusionProof::parse(std::string_view text) {
  auto proof = parse_inclusion(text);
  if (!proof || proof->to_string() != text)
    throw Error(Errc::bad_header, "proof", "is no inclusion proof (c2sp.org/tlog-proof@v1 with an entry)");
  return std::move(*proof);
}

InclusionProof prove_inclusion(ByteSource& recording, std::uint64_t member) {
  const auto tree = recording::signed_tree(recording);
  if (member >= tree.leaves.size())
    throw Error(Errc::argument, recording.name(),
                fmt::format("has no member {}; its newest checkpoint signs {}", member, tree.leaves.size()));
  const auto entry = recording::entry_in(recording, tree, member);
  if (!entry)
    throw Error(Errc::tampered, recording.name(), fmt::format("the note of member {} is damaged", member));
  return {member, entry->text(), crypto::inclusion_proof(tree.leaves, member), tree.head.to_string()};
}

bool verify(const InclusionProof& proof, const std::string& signer) {
  const auto key = key_of(signer);
  const auto note = CheckpointNote::parse(proof.checkpoint);
  const auto entry = Entry::parse(proof.entry);
  if (!note || !entry || entry->index != proof.index || !note->signed_by(key)) return false;
  return crypto::verify_inclusion(crypto::leaf_hash(crypto::as_bytes(proof.entry)), proof.index,
                                  note->checkpoint.size, proof.hashes, note->checkpoint.root);
}

bool is_about(const InclusionProof& proof, ByteSource& age_file) {
  const auto entry = Entry::parse(proof.entry);
  if (!entry) return false;
  recording::AgeHasher hasher;
  std::vector<std::byte> buffer(std::size_t{64} << 10);
  while (const std::size_t n = age_file.read(buffer)) hasher.update(std::span{buffer}.first(n));
  return hasher.fits(*entry);
}

std::string ConsistencyProof::to_string() const {
  return fmt::format("old {}\n{}\n{}", old_size, lines_of(hashes), checkpoint);
}

ConsistencyProof ConsistencyProof::parse(std::string_view text) {
  auto proof = parse_consistency(text);
  if (!proof || proof->to_string() != text)
    throw Error(Errc::bad_header, "proof", "is no consistency proof (old <size>, hashes, a checkpoint)");
  return std::move(*proof);
}

ConsistencyProof prove_consistency(ByteSource& recording, std::uint64_t old_size) {
  const auto tree = recording::signed_tree(recording);
  if (old_size > tree.leaves.size())
    throw Error(Errc::argument, recording.name(),
                fmt::format("its newest checkpoint signs {} members, not {}", tree.leaves.size(), old_size));
  return {old_size, crypto::consistency_proof(tree.leaves, old_size), tree.head.to_string()};
}

bool verify(const ConsistencyProof& proof, std::string_view old_checkpoint, const std::string& signer) {
  const auto key = key_of(signer);
  const auto before = CheckpointNote::parse(old_checkpoint), after = CheckpointNote::parse(proof.checkpoint);
  if (!before || !after || !before->signed_by(key) || !after->signed_by(key)) return false;
  const auto &older = before->checkpoint, &newer = after->checkpoint;
  return older.size == proof.old_size &&
         crypto::verify_consistency(older.size, older.root, newer.size, newer.root, proof.hashes);
}

namespace merkle {

Hash leaf_hash(std::span<const std::byte> entry) { return crypto::leaf_hash(entry); }
bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> proof,
                      const Hash& root) {
  return crypto::verify_inclusion(leaf, index, size, proof, root);
}
bool verify_consistency(std::uint64_t old_size, const Hash& old_root, std::uint64_t size, const Hash& root,
                        std::span<const Hash> proof) {
  return crypto::verify_consistency(old_size, old_root, size, root, proof);
}
bool verify_subtree_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t start, std::uint64_t end,
                              std::span<const Hash> proof, const Hash& root) {
  return crypto::verify_subtree_inclusion(leaf, index, start, end, proof, root);
}
bool verify_subtree_consistency(std::uint64_t start, std::uint64_t end, const Hash& subtree_root,
                                std::uint64_t size, const Hash& root, std::span<const Hash> proof) {
  return crypto::verify_subtree_consistency(start, end, subtree_root, size, root, proof);
}

}  // namespace merkle

}  // namespace invigil
