// Proofs about a recording for somebody who does not have it, or not all of it: that one member is part of it
// (inclusion), and that it was only ever added to (consistency). RFC 6962 trees, C2SP checkpoints.
#pragma once

#include <invigil/export.hpp>
#include <invigil/io.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace invigil {

/// SHA-256.
using Hash = std::array<std::byte, 32>;

/// The newest signed checkpoint of a recording that fits what it holds: a C2SP note, text. Whoever keeps it
/// elsewhere can tell later whether the recording's tail was cut off (`verify`). Throws `Error{bad_header}`
/// when it is no recording, `Error{tampered}` when no checkpoint holds, `Error{io}`.
[[nodiscard]] INVIGIL_API std::string newest_checkpoint(ByteSource& recording);

/// That one member is part of what a checkpoint signs, without any other member.
struct InclusionProof {
  std::uint64_t index = 0;   ///< Of the member.
  std::string entry;         ///< The five lines that describe it (FORMAT.md, section 4).
  std::vector<Hash> hashes;  ///< From the leaf's sibling up.
  std::string checkpoint;    ///< A signed note.

  /// A C2SP tlog-proof, whose `extra` is the entry.
  [[nodiscard]] INVIGIL_API std::string to_string() const;
  /// Throws `Error{bad_header}` when `text` is not exactly what `to_string` would write.
  [[nodiscard]] INVIGIL_API static InclusionProof parse(std::string_view text);
};
/// About the newest checkpoint. Reads the closing index, or all of a recording that has none. Throws as
/// `newest_checkpoint`, and `Error{argument}` when there is no such member.
[[nodiscard]] INVIGIL_API InclusionProof prove_inclusion(ByteSource& recording, std::uint64_t member);
/// Whether the proof holds under the signer's verifier key. Throws `Error{argument}` when that is none.
[[nodiscard]] INVIGIL_API bool verify(const InclusionProof& proof, const std::string& signer);
/// Whether an age file (of i/, s/ or m/) is the member that the proof is about, as it was first written.
/// Reads it to its end.
[[nodiscard]] INVIGIL_API bool is_about(const InclusionProof& proof, ByteSource& age_file);

/// That a newer checkpoint continues an older one: nothing before was changed.
struct ConsistencyProof {
  std::uint64_t old_size = 0;  ///< Members under the older checkpoint; 0 needs no hashes.
  std::vector<Hash> hashes;
  std::string checkpoint;  ///< The newer one, a signed note.

  /// The body of a request to a C2SP tlog-witness ("add-checkpoint").
  [[nodiscard]] INVIGIL_API std::string to_string() const;
  /// Throws `Error{bad_header}` when `text` is not exactly what `to_string` would write.
  [[nodiscard]] INVIGIL_API static ConsistencyProof parse(std::string_view text);
};
/// From the first `old_size` members to the newest checkpoint. Throws as `newest_checkpoint`, and
/// `Error{argument}` when there are not so many.
[[nodiscard]] INVIGIL_API ConsistencyProof prove_consistency(ByteSource& recording, std::uint64_t old_size);
/// Whether both checkpoints are of `signer` and the proof leads from one to the other. Throws
/// `Error{argument}` when `signer` is no verifier key.
[[nodiscard]] INVIGIL_API bool verify(const ConsistencyProof& proof, std::string_view old_checkpoint,
                                      const std::string& signer);

// The same for any tree, as RFC 9162, 2.1.3.2 and 2.1.4.2, and for subtrees [start, end) as
// draft-ietf-plants-merkle-tree-certs, section 4. All are false for sizes that cannot be.
namespace merkle {

/// SHA-256(0x00 || entry).
[[nodiscard]] INVIGIL_API Hash leaf_hash(std::span<const std::byte> entry);
[[nodiscard]] INVIGIL_API bool verify_inclusion(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                                                std::span<const Hash> proof, const Hash& root);
[[nodiscard]] INVIGIL_API bool verify_consistency(std::uint64_t old_size, const Hash& old_root,
                                                  std::uint64_t size, const Hash& root,
                                                  std::span<const Hash> proof);
[[nodiscard]] INVIGIL_API bool verify_subtree_inclusion(const Hash& leaf, std::uint64_t index,
                                                        std::uint64_t start, std::uint64_t end,
                                                        std::span<const Hash> proof, const Hash& root);
[[nodiscard]] INVIGIL_API bool verify_subtree_consistency(std::uint64_t start, std::uint64_t end,
                                                          const Hash& subtree_root, std::uint64_t size,
                                                          const Hash& root, std::span<const Hash> proof);

}  // namespace merkle

}  // namespace invigil
