// Recording on after a failure. A recording is never opened again for writing: after a crash, a power cut or
// a failed disk a new part begins, which names the last checkpoint of the part before, so that nothing in
// between can be hidden.
#pragma once

#include <invigil/export.hpp>
#include <invigil/io.hpp>
#include <invigil/time.hpp>

#include <string>

namespace invigil {

/// Where a part of a session ended, for the part that continues it (`RecordingOptions::resumes`).
struct EarlierPart {
  std::string checkpoint;  ///< Its newest signed checkpoint that holds.
  std::string signer;      ///< The verifier key that it names.
  Timestamp end{};         ///< Of what it holds, in session time.
  /// Where session time goes on: what the new part is given at 0 is recorded there. `end` and the wall time
  /// that has passed since, as this machine claims, but not less than nothing and not more than a day. May be
  /// changed, to a time that is not before `end`.
  Timestamp begin{};
};

/// Reads all of an earlier part, which may be unterminated or damaged. Throws `Error{bad_header}` when it is
/// no recording, `Error{unsupported}` when it cannot seek, `Error{tampered}` when no checkpoint in it holds,
/// `Error{io}`.
[[nodiscard]] INVIGIL_API EarlierPart earlier_part(ByteSource& recording);

}  // namespace invigil
