// Destroying the keys of what need not be kept. The format: lib/recording/FORMAT.md, section 11.
#pragma once

#include <invigil/crypto.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/io.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace invigil {

struct ShredOptions {
  /// Keep the media segments that a flag touches, each stretch from the keyframe before it. False destroys
  /// the keys of all media. Default: true.
  bool keep_flagged = true;
  /// Only flags of these kinds count; empty: all kinds. Default: empty.
  std::vector<FlagKind> kinds = {};
  /// How much is kept before and after each flag as well. 0 to 24 h. Default: 10 s.
  Duration pad = std::chrono::seconds{10};
  /// Also destroy the keys of everything else: consent, policy, flags, events, observations, the media's
  /// beginning. Only without `keep_flagged`. Nothing of the recording can be opened then. Default: false,
  /// because logs are to be kept longer than media.
  bool logs = false;
  /// The reason, one line of at most 1000 bytes, kept in clear in the recording. Default: empty, which says
  /// what was chosen.
  std::string why = {};
};

struct ShredReport {
  std::vector<std::uint64_t> shredded;  ///< Members whose keys were destroyed now.
  std::uint64_t kept = 0;               ///< Media segments that still open.
  std::vector<std::pair<Timestamp, Timestamp>> kept_spans;
  /// Bytes of an incomplete tail, which no reader delivers: dropped, because they may hold keys.
  std::uint64_t left_out = 0;
  std::string damage;  ///< The first damage that the recording had before; empty when it had none.
};
[[nodiscard]] INVIGIL_API std::string to_json(const ShredReport& report);

/// Writes a copy to `out` in which the age headers of what is not kept are zeros: nobody can open those
/// members again, whoever gets hold of a key later. Everything else stays as it is, byte by byte, and a note
/// at the end tells what was destroyed, when and why. May be repeated; what was shredded stays so. The
/// original is as readable as before: delete it.
///
/// A flag that cannot be read is taken to touch all of the time that its entry tells. Flags that were not
/// written yet when a crash came are not known. `identities` are needed to read the flags, so only with
/// `keep_flagged`. Does not close `out`.
///
/// Throws `Error{argument}` for options out of range, `Error{no_identity}` when no key opens the recording,
/// `Error{tampered}` when something was lost that may have held flags, `Error{unsupported}` when the flags
/// were shredded themselves or the input is not seekable, `Error{bad_header}` when it is no recording,
/// `Error{truncated}` when it holds no complete member, `Error{io}`. Nothing was destroyed then.
INVIGIL_API ShredReport shred(ByteSource& recording, const std::vector<Identity>& identities, ByteSink& out,
                              const ShredOptions& options = {});

/// The same in the file itself. The note is written and synced before the first key is destroyed; after a
/// crash `verify` says that it must be shredded again, which completes it. Overwrites in place: file systems
/// that copy on write, snapshots, backups and SSDs may keep what was there before. Not while the recording is
/// still being written. Throws as `shred` does; after an `Error{io}` shred again.
INVIGIL_API ShredReport shred_in_place(const std::filesystem::path& recording,
                                       const std::vector<Identity>& identities,
                                       const ShredOptions& options = {});

}  // namespace invigil
