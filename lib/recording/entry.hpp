// What is written down in clear about each member: the entry, the note that signs it, the index. FORMAT.md
// specifies every byte.
#pragma once

#include "crypto/note.hpp"
#include "recording/archive.hpp"

#include <invigil/time.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace invigil::recording {

using crypto::Digest;

/// Where decoding can begin, of media; `none` for all else.
enum class Access : std::uint8_t { key, delta, none };

[[nodiscard]] std::string_view to_string(MemberKind kind) noexcept;
/// The folder of a kind's members: 'i', 's' or 'm'.
[[nodiscard]] char folder_of(MemberKind kind) noexcept;

inline constexpr std::uint64_t max_members = 1'000'000;  // as far as six digits reach
inline constexpr std::size_t max_note_size = std::size_t{64} << 10;
inline constexpr std::size_t max_index_size = std::size_t{16} << 20;
inline constexpr std::size_t max_plaintext_size = std::size_t{256} << 20;
/// An index is written whenever this much more media has been recorded.
inline constexpr Duration index_every = std::chrono::seconds{60};

struct Entry {
  std::uint64_t index = 0;
  MemberKind kind = MemberKind::init;
  Access access = Access::none;
  Digest payload{};  ///< SHA-256 from the 16-byte nonce on.
  std::uint64_t payload_size = 0;
  Digest header{};      ///< SHA-256 of the age header.
  Digest commitment{};  ///< To the file key.
  Timestamp time{};
  Duration duration{};
  std::string utc;           ///< Claimed.
  std::string beacon = "-";  ///< Base64 of something that could not be known before.

  /// Five lines.
  [[nodiscard]] std::string text() const;
  /// Nothing unless `text` is exactly what `text()` would write.
  [[nodiscard]] static std::optional<Entry> parse(std::string_view text);
};

/// The content of j/NNNNNN.note.
struct Note {
  std::optional<Entry> entry;  ///< Absent when its lines are damaged.
  std::optional<crypto::VerifierKey> signer;
  std::optional<crypto::SignedCheckpoint> checkpoint;
  bool canonical = false;  ///< Every byte is as it must be.
};
[[nodiscard]] std::string note_text(const Entry& entry, const std::optional<crypto::VerifierKey>& signer,
                                    const std::string& signed_checkpoint);
/// Takes from a note what can still be read.
[[nodiscard]] Note parse_note(std::string_view text);

/// Whether the note of this entry names the signer: the first does, and the last, in case the first is lost.
[[nodiscard]] bool names_signer(std::uint64_t index, MemberKind kind) noexcept;

struct IndexLine {
  std::uint64_t index = 0;
  MemberKind kind = MemberKind::init;
  Access access = Access::none;
  Timestamp time{};
  Duration duration{};
  std::uint64_t offset = 0;  ///< Of the member's tar header.
  std::uint64_t size = 0;    ///< Of the age file.
  Digest leaf{};
  bool operator==(const IndexLine&) const = default;
};
/// The content of x/NNNNNN.idx: the members since the index before.
struct Index {
  std::vector<IndexLine> lines;
  std::optional<std::uint64_t> previous;  ///< Offset of the index before.
  std::uint64_t offset = 0;               ///< Its own.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<Index> parse(std::string_view text);
};

/// Decides when an index is due, for writer and reader alike.
class IndexClock {
 public:
  /// To be told of every entry; true when an index must follow its note.
  [[nodiscard]] bool due_after(MemberKind kind, Timestamp time, Duration duration);

 private:
  Timestamp media_end_{}, indexed_{};
};

/// A member's name, taken apart.
struct MemberName {
  char folder = 0;  ///< i, s, m, j or x.
  std::uint64_t index = 0;
  bool change = false;  ///< x/NNNNNN.note, the note of a change, not an index.
};
/// Of folder x: an index.
[[nodiscard]] std::string member_name(char folder, std::uint64_t index);
[[nodiscard]] std::optional<MemberName> parse_member_name(std::string_view name);

}  // namespace invigil::recording
