// Reads a whole recording once, without any key: what is there, what fits, what does not.
#pragma once

#include "recording/entry.hpp"

#include <invigil/io.hpp>
#include <invigil/playback.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace invigil::recording {

/// One member as found.
struct Member {
  std::uint64_t offset = 0;  ///< Of the tar header.
  std::uint64_t size = 0;    ///< Of the age file.
  char folder = 0;           ///< Where the age file is: i, s or m; 0 when there is none.
  MemberKind kind = MemberKind::gap;
  Access access = Access::none;
  Timestamp time{};
  Duration duration{};
  Digest commitment{};
  std::string beacon;          ///< Of the entry; empty when it has none.
  std::optional<Digest> leaf;  ///< In the tree; nothing after the first that was lost.
  bool intact = false;         ///< The age file is there and is the one that the entry describes.
  bool flawless = false;       ///< Nothing is wrong with the member, its note, or their places.
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
};

/// Streams through `recording` from where it stands. `expected_signer`: the registered verifier key, if any.
/// Throws `Error{bad_header}` when it is no recording, `Error{io}`.
[[nodiscard]] Scan scan(ByteSource& recording, const std::optional<crypto::VerifierKey>& expected_signer);

/// The root over the first `size` members. Nothing when they are not all known.
[[nodiscard]] std::optional<Digest> root_over(const Scan& scan, std::uint64_t size);

}  // namespace invigil::recording
