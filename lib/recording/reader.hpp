// One recording, opened with keys: its members, each authentic to the last byte before it is handed out.
#pragma once

#include "recording/beacon.hpp"
#include "recording/catalog.hpp"
#include "recording/scan.hpp"
#include "recording/slice.hpp"

#include <invigil/crypto.hpp>
#include <invigil/error.hpp>
#include <invigil/io.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace invigil::recording {

// Note [two ways in]: a closed recording is opened by its last index, without reading the rest; what the
// index says is tied to the signed root, and each member that is read to its entry. Whatever does not fit
// ends that: the recording is then scanned from the first byte to the last, which is also how one without a
// closing index is opened, and what questions about all of it need (`all`). Both give the same content.
class Reader {
 public:
  /// Throws `Error{unsupported}` when `source` cannot seek, `Error{bad_header}` when it is no recording,
  /// `Error{no_identity}` when no key opens the first member that can be read.
  Reader(std::unique_ptr<ByteSource> source, std::vector<Identity> identities);

  [[nodiscard]] std::string name() const { return source_->name(); }
  /// Where a member is, for messages.
  [[nodiscard]] std::string place(std::size_t index) const;

  /// Everything that is there, checked. The first call reads the whole recording.
  [[nodiscard]] const Scan& all() const;

  /// The content of an intact member. What does not open is noted and passed over. Throws `Error{io}`,
  /// `Error{no_identity}`.
  [[nodiscard]] std::optional<std::vector<std::byte>> open_or_note(std::size_t index) const;
  /// What the media begins with: an intact copy or, so that one bad bit in a note does not cost everything,
  /// one that is authentic by itself. Throws `Error{tampered}` when there was one and it is lost,
  /// `Error{unsupported}` when there is no media.
  [[nodiscard]] std::vector<std::byte> init() const;
  /// The media members between two times, from the keyframe before the first on, without those that were
  /// shredded. Nothing when none reaches `from`.
  [[nodiscard]] std::vector<std::size_t> segments(std::optional<Timestamp> from,
                                                  std::optional<Timestamp> to) const;
  /// Of a member that `segments` gave.
  [[nodiscard]] Timestamp time_of(std::size_t index) const;

  /// The text of every intact member of a kind, in order.
  void for_each(MemberKind kind, const std::function<void(std::string_view, std::size_t)>& take) const;
  /// Each of its lines, with the place for messages. What `take` throws is noted: one line that cannot be
  /// read must not hide the others.
  void for_each_line(MemberKind kind,
                     const std::function<void(std::string_view, const std::string&)>& take) const;

  /// Compares the end of the part before with what this one says of it (FORMAT.md, section 9). When it fits,
  /// that the part before was not closed is no damage; when not, it is noted here.
  void follow(Reader& before);

  /// Empty when all is well, else one sentence that names the first trouble. `damage` is about the whole
  /// recording, and reads it unless that has been done; `damage_so_far` about what has been read.
  [[nodiscard]] std::string damage() const;
  [[nodiscard]] std::string damage_so_far() const;

 private:
  [[nodiscard]] Slice whole() const;
  [[nodiscard]] const Scan* scanned() const;
  [[nodiscard]] std::vector<std::byte> open(const Member& member, std::size_t index) const;
  [[nodiscard]] std::optional<std::vector<std::byte>> open_damaged(std::size_t index) const;
  [[nodiscard]] std::optional<Member> member(std::size_t index) const;
  [[nodiscard]] std::optional<std::vector<std::byte>> init_by_index() const;
  [[nodiscard]] std::optional<std::vector<std::byte>> init_by_scan() const;
  [[nodiscard]] std::vector<std::size_t> unshredded(std::vector<std::size_t> segments) const;
  [[nodiscard]] bool span_holds(const std::vector<std::size_t>& chosen, std::optional<Timestamp> from,
                                std::optional<Timestamp> to) const;
  void note_damage(const Error& error) const;
  [[nodiscard]] std::optional<EarlierHead> resumes() const;
  [[nodiscard]] std::optional<Digest> root_over(std::uint64_t size) const;

  std::unique_ptr<ByteSource> source_;
  std::vector<Identity> identities_;
  std::optional<Catalog> catalog_;
  bool continued_ = false;           // by a part that fits
  mutable std::mutex source_mutex_;  // of each single reading
  mutable std::mutex scan_mutex_;    // of `scan_` while it is made
  mutable std::unique_ptr<const Scan> scan_;
  mutable std::mutex damage_mutex_;                // of the two that follow
  mutable std::map<std::size_t, Member> checked_;  // by the catalog
  mutable std::string later_damage_;
};

}  // namespace invigil::recording
