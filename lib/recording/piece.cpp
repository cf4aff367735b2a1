#include "recording/piece.hpp"

#include "recording/ustar.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace invigil::recording {

namespace {

class Slice final : public ByteSource {
 public:
  Slice(ByteSource& whole, ByteRange range, std::string name)
      : whole_(whole), left_(range.end - range.begin), name_(std::move(name)) {
    whole_.seek(range.begin);
  }
  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t n = whole_.read(buffer.first(std::min<std::uint64_t>(buffer.size(), left_)));
    left_ -= n;
    return n;
  }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  ByteSource& whole_;
  std::uint64_t left_;
  std::string name_;
};

}  // namespace

void copy_range(ByteSource& source, ByteRange range, ByteSink& out) {
  std::uint64_t left = range.end - range.begin;
  for_each_piece(source, range, [&](std::span<const std::byte> piece) {
    out.write(piece);
    left -= piece.size();
    return true;
  });
  write_zeros(out, left);
}

void write_zeros(ByteSink& out, std::uint64_t count) {
  constexpr std::array<std::byte, 4096> zeros{};
  for (; count > 0; count -= std::min<std::uint64_t>(count, zeros.size()))
    out.write(std::span{zeros}.first(std::min<std::uint64_t>(count, zeros.size())));
}

bool is_zero(ByteSource& source, ByteRange range) {
  bool zero = true;
  for_each_piece(source, range, [&](std::span<const std::byte> piece) {
    zero = std::all_of(piece.begin(), piece.end(), [](std::byte b) { return b == std::byte{0}; });
    return zero;
  });
  return zero;
}

ByteRange content_of(const Member& member) {
  return {member.offset + block_size, member.offset + block_size + member.size};
}

std::unique_ptr<ByteSource> member_source(ByteSource& recording, const Member& member,
                                          const std::string& name) {
  return std::make_unique<Slice>(recording, content_of(member), name);
}

std::string member_text(ByteSource& recording, const Member& member, std::span<const Identity> identities,
                        const std::string& name) {
  if (member.size > 2 * max_plaintext_size) throw Error(Errc::tampered, name, "is larger than 256 MiB");
  const auto opened = crypto::open_age(member_source(recording, member, name), identities);
  if (!crypto::equal(opened.commitment, member.commitment))
    throw Error(Errc::tampered, name, "is encrypted under another key than its entry commits to");
  std::string text;
  std::array<char, 4096> buffer;
  while (const std::size_t n = opened.plaintext->read(std::as_writable_bytes(std::span{buffer})))
    text.append(buffer.data(), n);
  return text;
}

std::string tar_member(const std::string& name, std::string_view content) {
  const Block header = ustar_header(name, content.size());
  std::string text{reinterpret_cast<const char*>(header.data()), header.size()};
  text += content;
  return text.append(padding_after(content.size()), '\0');
}

std::string ending(const std::optional<Change>& change, bool closed) {
  std::string text;
  if (change) text = tar_member(change_name(change->number), change->text());
  if (closed) text.append(2 * block_size, '\0');
  return text;
}

std::string place_of(const ByteSource& recording, std::size_t index) {
  return fmt::format("{}: member {}", recording.name(), index);
}

void require_seekable(const ByteSource& recording) {
  if (!recording.size())
    throw Error(Errc::unsupported, recording.name(), "cannot be read at any place; write it to a file first");
}

Scan scan_for_change(ByteSource& recording) {
  require_seekable(recording);
  Scan found = scan(recording, std::nullopt);
  if (found.gave_up)
    throw Error(Errc::tampered, recording.name(),
                "is damaged in so many places that it cannot be changed without loss");
  if (found.end == 0)
    throw Error(Errc::truncated, recording.name(), "ends before its first member is complete");
  return found;
}

}  // namespace invigil::recording
