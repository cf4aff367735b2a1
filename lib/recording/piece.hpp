// Parts of a recording's file: reading members, copying stretches, making members of tar.
#pragma once

#include "crypto/age.hpp"
#include "recording/scan.hpp"

#include <invigil/io.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace invigil::recording {

/// Calls `take(bytes)` with the bytes of a stretch, piece by piece, until it gives false or the input ends.
/// Moves the source.
template <class Take>
void for_each_piece(ByteSource& source, ByteRange range, Take&& take) {
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  source.seek(range.begin);
  for (std::uint64_t left = range.end - range.begin; left > 0;) {
    const auto room = std::span{buffer}.first(std::min<std::uint64_t>(left, buffer.size()));
    const std::size_t n = source.read(room);
    if (n == 0 || !take(std::span<const std::byte>{room.first(n)})) return;
    left -= n;
  }
}

/// Copies a stretch; where the input ends before (in the padding of its last note) zeros stand in.
void copy_range(ByteSource& source, ByteRange range, ByteSink& out);
void write_zeros(ByteSink& out, std::uint64_t count);
[[nodiscard]] bool is_zero(ByteSource& source, ByteRange range);

/// The content of a member: an age file.
[[nodiscard]] ByteRange content_of(const Member& member);
/// The member as a source of its own. `recording` must outlive it and stay where it is meanwhile.
[[nodiscard]] std::unique_ptr<ByteSource> member_source(ByteSource& recording, const Member& member,
                                                        const std::string& name);
/// Its whole plaintext. Throws as `invigil::decrypt` does, and `Error{tampered}` when its key is not the one
/// that its entry commits to.
[[nodiscard]] std::string member_text(ByteSource& recording, const Member& member,
                                      std::span<const Identity> identities, const std::string& name);

/// A member in clear: tar header, content, padding.
[[nodiscard]] std::string tar_member(const std::string& name, std::string_view content);
/// What ends a recording that changed: the note, and the end of the archive if it was closed.
[[nodiscard]] std::string ending(const std::optional<Change>& change, bool closed);

/// For messages: "<recording>: member <index>".
[[nodiscard]] std::string place_of(const ByteSource& recording, std::size_t index);

/// Throws unless it can be read at any place.
void require_seekable(const ByteSource& recording);
/// Scans what is to be changed. Throws `Error{truncated}` when there is no complete member, `Error{tampered}`
/// when so much is damaged that not all of it was read.
[[nodiscard]] Scan scan_for_change(ByteSource& recording);

}  // namespace invigil::recording
