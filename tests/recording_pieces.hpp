// Recordings made member by member, taken apart and put together again.
#pragma once

#include "memory.hpp"
#include "recording/archive.hpp"
#include "recording/entry.hpp"
#include "recording/ustar.hpp"

#include <invigil/playback.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace invigil::test {

struct Piece {
  std::string name;
  std::size_t begin, end;  ///< From the tar header to the end of the padding.
  std::size_t size;        ///< Of the content, which begins one block after `begin`.
};
inline std::vector<Piece> pieces_of(const Bytes& bytes) {
  using namespace recording;
  std::vector<Piece> all;
  for (std::size_t offset = 0; offset + block_size <= bytes.size();) {
    Block block;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), block_size, block.begin());
    const auto header = parse_ustar(block);
    if (!header) break;
    const std::size_t end = offset + block_size + header->size + padding_after(header->size);
    all.push_back({header->name, offset, end, header->size});
    offset = end;
  }
  return all;
}
inline Piece piece_named(const Bytes& bytes, const std::string& name) {
  for (const Piece& piece : pieces_of(bytes))
    if (piece.name == name) return piece;
  FAIL("no member ", name);
  return {};
}
inline Bytes slice(const Bytes& bytes, std::size_t begin, std::size_t end) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(begin),
          bytes.begin() + static_cast<std::ptrdiff_t>(end)};
}
inline Bytes content_of(const Bytes& bytes, const Piece& piece) {
  const std::size_t begin = piece.begin + recording::block_size;
  return slice(bytes, begin, begin + piece.size);
}
/// How long the age header is that an age file begins with.
inline std::size_t age_header_size(const Bytes& age) {
  const std::string text = to_text(age);
  return text.find('\n', text.find("\n--- ") + 1) + 1;
}

struct MadeRecording {
  Bytes bytes;
  std::string signer;
};

/// What `make_recording` writes as media.
inline std::string media_text(int i) { return fmt::format("<segment {}>", i); }
inline constexpr std::string_view media_begin = "<init>";

/// Member 0 consent, 1 policy, 2 init, 3 flags, then one media segment a second from member 4 on, with a
/// keyframe every four; after the close its init and close members.
inline MadeRecording make_recording(const std::vector<Recipient>& recipients, int segments,
                                    const std::vector<Flag>& flags, bool close = true) {
  using recording::MemberKind;
  const auto out = std::make_shared<Bytes>();
  recording::ArchiveWriter writer{std::make_unique<MemorySink>(out), recipients};
  const auto add = [&](MemberKind kind, const std::string& text, Timestamp time = {}, Duration length = {},
                       bool key = false) { writer.add(kind, to_bytes(text), time, length, key); };
  add(MemberKind::consent, "{\"given\":true,\"purpose\":\"exam\"}\n");
  add(MemberKind::policy, "{\"policy_toml\":\"\",\"unredacted\":false}\n");
  add(MemberKind::init, std::string{media_begin});
  std::string lines;
  for (const Flag& flag : flags) lines += to_json(flag) + "\n";
  add(MemberKind::flag, lines);
  for (int i = 0; i < segments; ++i)
    add(MemberKind::media, media_text(i), Timestamp{std::chrono::seconds{i}}, std::chrono::seconds{1},
        i % 4 == 0);
  if (close) writer.close();
  return {*out, writer.signer()};
}

inline Flag make_flag(FlagKind kind, double begin, double end) {
  Flag flag;
  flag.what = "some";
  flag.kind = kind;
  flag.begin = from_seconds(begin);
  flag.end = from_seconds(end);
  return flag;
}

inline Verification verified(const Bytes& bytes, bool seekable = true, const std::string& signer = {}) {
  MemorySource source{bytes, seekable, 4099};
  return verify(source, signer);
}
inline Playback played(const Bytes& bytes, const Identity& key) {
  return {std::make_unique<MemorySource>(bytes), {key}};
}
/// The numbers of the segments that come back.
inline std::vector<int> played_segments(const Playback& playback) {
  const auto out = std::make_shared<Bytes>();
  MemorySink sink{out};
  playback.write_media(sink);
  std::string media = to_text(*out);
  REQUIRE(media.starts_with(media_begin));
  media.erase(0, media_begin.size());
  std::vector<int> found;
  for (int i = 0; !media.empty() && i < 10000; ++i) {
    if (!media.starts_with(media_text(i))) continue;
    media.erase(0, media_text(i).size());
    found.push_back(i);
  }
  CHECK(media.empty());
  return found;
}
inline std::vector<int> from_to(int first, int last) {
  std::vector<int> all;
  for (int i = first; i <= last; ++i) all.push_back(i);
  return all;
}
inline std::vector<int> operator+(std::vector<int> a, const std::vector<int>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Every age file that lies anywhere in the bytes, however the tar around it looks, and that the key opens
/// as far as its first chunk: what a thief with the key gets. Gives the first words of each.
inline std::vector<std::string> stolen(const Bytes& bytes, const Identity& key) {
  const std::string text = to_text(bytes);
  std::vector<std::string> found;
  for (std::size_t at = text.find("age-encryption.org/v1\n"); at != std::string::npos;
       at = text.find("age-encryption.org/v1\n", at + 1)) {
    // The length of the file is not known to a thief who has only bytes; the tar header before it tells.
    recording::Block block{};
    if (at >= block.size())
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at - block.size()), block.size(),
                  block.begin());
    const auto header = recording::parse_ustar(block);
    const std::size_t size = header ? std::min<std::size_t>(header->size, bytes.size() - at) : 4096;
    try {
      const auto plain =
          decrypt(std::make_unique<MemorySource>(slice(bytes, at, std::min(at + size, bytes.size()))), {key});
      Bytes out;
      read_all(*plain, out);
      found.push_back(to_text(out));
    } catch (const Error& e) {
      if (e.code() == Errc::tampered || e.code() == Errc::truncated)
        found.push_back("?");  // the file key came out
    }
  }
  return found;
}

}  // namespace invigil::test
