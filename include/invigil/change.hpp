// What was done to a recording after it was written: keys destroyed, recipients changed.
#pragma once

#include <invigil/export.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace invigil {

/// `shred`: the keys of members were destroyed. `rewrap`: members were made to open with other keys.
enum class ChangeKind { shred, rewrap };

[[nodiscard]] INVIGIL_API std::string_view to_string(ChangeKind kind) noexcept;

/// One such act, as the recording tells it. Not signed: the key that signed the recording is gone since its
/// close, so whoever could write to the file could have written this too.
struct RecordingChange {
  ChangeKind kind = ChangeKind::shred;
  /// When, as the machine's clock had it: `YYYY-MM-DDThh:mm:ss.mmmZ`.
  std::string utc;
  /// The reason that was given, one line of UTF-8.
  std::string why;
  /// How many members it changed.
  std::uint64_t members = 0;
  bool operator==(const RecordingChange&) const = default;
};

}  // namespace invigil
