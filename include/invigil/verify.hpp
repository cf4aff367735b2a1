// Checking recordings with what was kept elsewhere: the signer, cosigners and a checkpoint; and several
// parts.
#pragma once

#include <invigil/export.hpp>
#include <invigil/io.hpp>
#include <invigil/playback.hpp>

#include <string>
#include <vector>

namespace invigil {

struct VerifyOptions {
  /// Registered verifier keys: of each part, in order. Default: none, the signer is not checked.
  std::vector<std::string> signers = {};
  /// Verifier keys of servers whose cosignatures count (C2SP vkeys of type 0x04). Default: none.
  std::vector<std::string> cosigners = {};
  /// The newest checkpoint that is known from elsewhere, a signed note: the recording, or its last part, must
  /// hold all that it signs, so that a tail that was cut off is told from a crash. It counts when the
  /// recording's own key or one of `cosigners` signed it. Default: none.
  std::string newest_checkpoint = {};
};

/// As `verify(recording, signer)`, and more. Throws `Error{argument}` when a key or the checkpoint does not
/// parse, when the checkpoint is signed by none of the keys, or when there is more than one signer.
[[nodiscard]] INVIGIL_API Verification verify(ByteSource& recording, const VerifyOptions& options);

/// What can be said about the parts of one session.
struct SeriesVerification {
  std::vector<Verification> parts;
  /// Whole when each part is, but that one which ended without being closed is made up for by the next when
  /// that names its last checkpoint. Unterminated when only the last part is. Damaged when a part is, or does
  /// not name the last checkpoint of the one before.
  RecordingState state = RecordingState::damaged;
  std::string message;  ///< One sentence for a person.
};
/// Throws as above, and `Error{argument}` without parts or when there are signers, but not one a part.
[[nodiscard]] INVIGIL_API SeriesVerification verify(const std::vector<ByteSource*>& parts,
                                                    const VerifyOptions& options);
[[nodiscard]] INVIGIL_API std::string to_json(const SeriesVerification& verification);

}  // namespace invigil
