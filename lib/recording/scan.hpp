// Reads a whole recording once, without any key: what is there, what fits, what does not.
#pragma once

#include "recording/age_hasher.hpp"
#include "recording/change.hpp"
#include "recording/entry.hpp"

#include <invigil/io.hpp>
#include <invigil/playback.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace invigil::recording {

/// One member as found.
struct Member {
  std::uint64_t offset = 0;       ///< Of the tar header.
  std::uint64_t size = 0;         ///< Of the age file.
  std::uint64_t header_size = 0;  ///< Of the age header, as the entry tells; 0 when it cannot.
  char folder = 0;                ///< Where the age file is: i, s or m; 0 when there is none.
  bool known = false;             ///< Its entry could be read; if not, what follows says nothing.
  MemberKind kind = MemberKind::gap;
  Access access = Access::none;
  Timestamp time{};
  Duration duration{};
  Digest commitment{};
  std::string beacon;  ///< Of the entry; empty when it has none.
  HeaderState header = HeaderState::unknown;
  bool condemned = false;      ///< A note says that its key was destroyed.
  std::optional<Digest> leaf;  ///< In the tree; nothing after the first that was lost.
  bool shredded = false;       ///< Its key was destroyed, and a note says so; never `intact`.
  bool rewrapped = false;      ///< Its recipients were changed, and a note says so.
  bool intact = false;         ///< The age file is there and is the one that the entry describes.
  bool flawless = false;       ///< Nothing is wrong with the member, its note, or their places.
};

/// Bytes from `begin` to before `end`.
struct ByteRange {
  std::uint64_t begin = 0, end = 0;
};
/// Bytes that are no member, note or index, where there should be some.
struct Stray {
  ByteRange bytes;
  std::uint64_t member = 0;  ///< The one that they stand in the place of.
};

/// The outcome. Memory: about 400 bytes a member, and a member takes 2 KiB in the file at least.
struct Scan {
  std::vector<Member> members;  ///< By index.
  RecordingState state = RecordingState::damaged;
  SignerState signer = SignerState::not_checked;
  std::string problem;  ///< The first in the file; empty when there is none.
  /// Whose signatures count: the key that the recording names, or nothing when that was lost.
  std::optional<crypto::VerifierKey> verifier;
  std::optional<crypto::SignedCheckpoint> head;  ///< The last that fits the tree and is signed by that key.

  std::vector<Change> changes;
  std::vector<ByteRange> indexes;           ///< With their tar headers and padding; so are:
  std::vector<ByteRange> change_notes;      ///< One for each of `changes`.
  std::vector<Stray> strays;                ///< In ascending order, none after `end`.
  std::uint64_t end = 0;                    ///< Behind the last complete note or index.
  std::optional<std::uint64_t> last_index;  ///< Offset of the last index or change note.
  bool closed = false;                      ///< The close member and its index are there.
  bool gave_up = false;                     ///< So much is damaged that the rest was not read.
};

/// Streams through `recording` from its beginning. `expected_signer`: the registered verifier key, if any.
/// Throws `Error{bad_header}` when it is no recording, `Error{unsupported}` when it is one of another version
/// of the format, `Error{io}`.
[[nodiscard]] Scan scan(ByteSource& recording, const std::optional<crypto::VerifierKey>& expected_signer);

/// The root over the first `size` members. Nothing when they are not all known.
[[nodiscard]] std::optional<Digest> root_over(const Scan& scan, std::uint64_t size);

/// Stretches of media whose keys were destroyed, joined where one follows the other.
[[nodiscard]] std::vector<std::pair<Timestamp, Timestamp>> shredded_spans(const Scan& scan);

}  // namespace invigil::recording
