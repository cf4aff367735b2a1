// The encrypted container, below pictures and sound: members go in, an append-only tar stream comes out.
// The bytes are specified in FORMAT.md.
#pragma once

#include "crypto/primitives.hpp"

#include <invigil/crypto.hpp>
#include <invigil/error.hpp>
#include <invigil/io.hpp>
#include <invigil/time.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace invigil::recording {

/// What a member holds. `init` is ftyp+moov (or EBML+Info+Tracks), `media` one moof+mdat (or Cluster); all
/// others are JSON lines.
enum class MemberKind { init, media, consent, policy, event, flag, observation, gap, resume, close };

/// The destination has no room for a member and for the close after it. Nothing of the member was written.
class NoRoom : public Error {
 public:
  using Error::Error;
};

/// Encrypts members, commits to each in a Merkle tree and signs the tree's head after each. Nothing that is
/// written is ever changed. Not thread-safe. The first failure is kept and thrown by every later call.
class ArchiveWriter {
 public:
  /// Throws `Error{argument}` without recipients.
  ArchiveWriter(std::unique_ptr<ByteSink> destination, std::vector<Recipient> recipients);
  /// Wipes the signing key. Only `close()` commits.
  ~ArchiveWriter();
  ArchiveWriter(ArchiveWriter&&) noexcept;
  ArchiveWriter& operator=(ArchiveWriter&&) noexcept;

  /// Writes one member and its note. `time` and `duration`: the stretch of session time that it covers;
  /// `keyframe`: of media, whether decoding can begin here. `init` comes before the first `media` and is kept
  /// to be written again at the close. `close` is not for callers. Throws `NoRoom`, which is no failure: what
  /// is written still stands, and smaller members may fit.
  void add(MemberKind kind, std::span<const std::byte> plaintext, Timestamp time, Duration duration,
           bool keyframe);
  /// What the entries to come carry, one each, in order: base64 as FORMAT.md says.
  void add_beacon(std::string beacon);
  /// Lets members use what is kept back for last words (256 KiB): why the recording ends. The room for the
  /// close itself is kept all the same.
  void spend_reserve();
  /// Returns once everything added so far survives a power cut. The owner calls it once a second of media.
  void sync();
  /// Repeats the init member, writes the close member and the index, ends the archive, closes the
  /// destination. Idempotent.
  void close();

  /// The newest signed checkpoint, a C2SP note; empty before the first member.
  [[nodiscard]] std::string checkpoint() const;
  /// The leaves that it signs.
  [[nodiscard]] std::vector<crypto::Digest> leaves() const;
  /// The verifier key (C2SP vkey) of the session's signing key.
  [[nodiscard]] std::string signer() const;
  /// Written so far.
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::recording
