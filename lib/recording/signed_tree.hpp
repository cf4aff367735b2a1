// The signed Merkle tree of a recording, by its closing index or by reading all of it.
#pragma once

#include "crypto/note.hpp"
#include "recording/entry.hpp"

#include <invigil/io.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace invigil::recording {

/// Leaves, a signed root over all of them, and where each member's note begins.
struct SignedTree {
  std::vector<Digest> leaves;
  std::vector<std::uint64_t> notes;  ///< Offsets of tar headers, as far as they are known, else 0.
  crypto::VerifierKey verifier;
  crypto::SignedCheckpoint head;
};

/// Under the newest checkpoint that holds. Throws `Error{bad_header}` when it is no recording,
/// `Error{unsupported}` when it cannot seek, `Error{tampered}` when no checkpoint holds, `Error{io}`.
[[nodiscard]] SignedTree signed_tree(ByteSource& recording);

/// The entry of a member, from its note. Nothing when the note is damaged or is not the one in the tree.
[[nodiscard]] std::optional<Entry> entry_in(ByteSource& recording, const SignedTree& tree,
                                            std::uint64_t member);

}  // namespace invigil::recording
