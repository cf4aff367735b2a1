// The note of a change: x/NNNNNN.note. FORMAT.md specifies every byte.
#pragma once

#include <invigil/change.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace invigil::recording {

/// Members `first` to `last`, both included.
struct MemberRange {
  std::uint64_t first = 0, last = 0;
  bool operator==(const MemberRange&) const = default;
};
/// Ascending numbers as the fewest ranges.
[[nodiscard]] std::vector<MemberRange> ranges_of(std::span<const std::uint64_t> members);

/// Longest reason, in bytes of UTF-8.
inline constexpr std::size_t max_why_size = 1000;
/// Throws `Error{argument}` unless `why` is one line of UTF-8 of 1 to `max_why_size` bytes without control
/// characters.
void check_why(std::string_view why);

/// The content of x/NNNNNN.note.
struct Change {
  std::uint64_t number = 0;  ///< Of this change: 0 for the first.
  ChangeKind kind = ChangeKind::shred;
  std::string utc;
  std::string why;
  std::vector<MemberRange> members;       ///< Ascending, with something between any two; not empty.
  std::optional<std::uint64_t> previous;  ///< Offset of the index or change note before.
  std::uint64_t offset = 0;               ///< Its own.

  [[nodiscard]] std::string text() const;
  /// Nothing unless `text` is exactly what `text()` would write.
  [[nodiscard]] static std::optional<Change> parse(std::string_view text);
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] RecordingChange summary() const { return {kind, utc, why, count()}; }
};

/// Whether a note of this kind names each of the first `members`. In time linear in what it is given, however
/// often a member is named.
[[nodiscard]] std::vector<bool> named_by(std::span<const Change> changes, ChangeKind kind,
                                         std::size_t members);

/// `x/NNNNNN.note`.
[[nodiscard]] std::string change_name(std::uint64_t number);

/// The wall clock, which whoever owns the machine sets: a claim, never used to order anything.
/// `YYYY-MM-DDThh:mm:ss.mmmZ`.
[[nodiscard]] std::string claimed_utc();

}  // namespace invigil::recording
