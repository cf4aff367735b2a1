// The members of a closed recording by its last index, without reading the rest (FORMAT.md, sections 6, 7,
// 11).
#pragma once

#include "crypto/note.hpp"
#include "recording/entry.hpp"
#include "recording/scan.hpp"

#include <invigil/io.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace invigil::recording {

/// What the indexes tell. Only the leaves are certain, because the signed root is over them: kinds, times and
/// places are hints until the member's own note has been compared (`entry_of`, `member_of`).
struct Catalog {
  std::vector<IndexLine> lines;  ///< By index, every member.
  crypto::VerifierKey verifier;
  crypto::SignedCheckpoint head;  ///< Signed by `verifier`, over all leaves.
  /// Whether the notes of changes name each member. Not signed: what they say must show in the member.
  std::vector<bool> shredded, rewrapped;
};

/// Follows the indexes from the end of the file. Nothing when there is no closing index, or when anything
/// does not fit: the chain, the leaves and the last signed root, the signer that the first note names. Reads
/// the indexes and two notes. Throws `Error{io}`.
[[nodiscard]] std::optional<Catalog> read_catalog(ByteSource& recording);

/// The entry of a member, which the signed tree then holds. Nothing when it is not as the catalog says or a
/// byte of the note is not as written.
[[nodiscard]] std::optional<Entry> entry_of(ByteSource& recording, const Catalog& catalog, std::size_t index);

/// Reads a member and its note and compares everything. Nothing unless all of it is as it was written, or was
/// changed as a note of a change tells: a member that was shredded is given too, and is not intact.
[[nodiscard]] std::optional<Member> member_of(ByteSource& recording, const Catalog& catalog,
                                              std::size_t index);

}  // namespace invigil::recording
