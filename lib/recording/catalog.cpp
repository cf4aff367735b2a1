#include "recording/catalog.hpp"

#include "crypto/merkle.hpp"
#include "recording/age_hasher.hpp"
#include "recording/change.hpp"
#include "recording/slice.hpp"
#include "recording/ustar.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace invigil::recording {

namespace {

constexpr std::size_t end_size = 2 * block_size;  // the zeros of a clean close
constexpr std::size_t last_line_size = 24;        // "at ", 20 digits, line feed

bool is_zero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

/// Where the last index or note of a change says that it begins.
std::optional<std::uint64_t> find_last(ByteSource& recording, std::uint64_t size) {
  std::array<std::byte, end_size + 2 * block_size> tail;
  if (size < tail.size() || size % block_size != 0) return std::nullopt;
  if (!read_at(recording, size - tail.size(), tail)) return std::nullopt;
  if (!is_zero(std::span{tail}.last(end_size))) return std::nullopt;
  std::string_view text{reinterpret_cast<const char*>(tail.data()), tail.size() - end_size};
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  if (text.size() < last_line_size) return std::nullopt;
  text.remove_prefix(text.size() - last_line_size);
  if (!text.starts_with("at ") || text.back() != '\n') return std::nullopt;
  std::string_view digits = text.substr(3, 20);
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return crypto::parse_number(digits, size);
}

/// A clear member: its content, when header and padding are exactly as they are written.
struct Clear {
  std::string text;
  std::uint64_t end = 0;  ///< Of the padding.
};
std::optional<Clear> read_clear(ByteSource& recording, std::uint64_t offset, const std::string& name,
                                std::size_t limit) {
  Block block;
  if (!read_at(recording, offset, block)) return std::nullopt;
  const auto header = parse_ustar(block);
  if (!header || !header->canonical || header->size > limit || header->name != name) return std::nullopt;
  Clear clear;
  clear.text.resize(header->size + padding_after(header->size));
  if (!read_at(recording, offset + block_size, std::as_writable_bytes(std::span{clear.text})))
    return std::nullopt;
  if (clear.text.find_first_not_of('\0', header->size) != std::string::npos) return std::nullopt;
  clear.end = offset + block_size + clear.text.size();
  clear.text.resize(header->size);
  return clear;
}

std::optional<MemberName> name_at(ByteSource& recording, std::uint64_t offset) {
  Block block;
  if (!read_at(recording, offset, block)) return std::nullopt;
  const auto header = parse_ustar(block);
  return header ? parse_member_name(header->name) : std::nullopt;
}

/// What follows the members: the last index, and the notes of changes after it.
struct Tail {
  std::uint64_t index = 0;      ///< Where the last index begins,
  std::uint64_t index_end = 0;  ///< and where it must end.
  std::vector<Change> changes;
};

/// From the last note of a change to the last index.
std::optional<Tail> read_tail(ByteSource& recording, std::uint64_t last, std::uint64_t size) {
  Tail tail{last, size - end_size, {}};
  for (auto name = name_at(recording, tail.index); name && name->change;
       name = name_at(recording, tail.index)) {
    const auto clear = read_clear(recording, tail.index, change_name(name->index), max_index_size);
    const auto change = clear ? Change::parse(clear->text) : std::nullopt;
    const bool fits = change && clear->end == tail.index_end && change->offset == tail.index &&
                      change->number == name->index && change->previous && *change->previous < tail.index &&
                      (tail.changes.empty() || tail.changes.back().number == change->number + 1);
    if (!fits) return std::nullopt;
    tail.index_end = tail.index;
    tail.index = *change->previous;
    tail.changes.push_back(*change);
  }
  if (!tail.changes.empty() && tail.changes.back().number != 0) return std::nullopt;
  std::reverse(tail.changes.begin(), tail.changes.end());
  return tail;
}

/// Where the note of a member begins.
std::uint64_t note_of(const IndexLine& line) {
  return line.offset + block_size + line.size + padding_after(line.size);
}

/// What an index says of its members must be possible: they follow each other and end before it does.
bool in_order(const Index& index) {
  std::uint64_t free = 0;
  for (const IndexLine& line : index.lines) {
    if (line.offset < free || line.offset >= index.offset || line.size > index.offset - line.offset)
      return false;
    free = note_of(line);
  }
  return free <= index.offset;
}

/// From the last index to the first; the members of all, by number.
std::optional<std::vector<IndexLine>> follow(ByteSource& recording, std::uint64_t last, std::uint64_t end) {
  // An index is named after the last member before it, which only its own content tells.
  std::vector<Index> chain;
  std::uint64_t limit = end, members = 0;
  std::optional<std::uint64_t> next = last;
  std::optional<std::uint64_t> number;
  while (next) {
    if (*next >= limit) return std::nullopt;
    const auto name = name_at(recording, *next);
    if (!name || (number && name->index >= *number)) return std::nullopt;
    number = name->index;
    const auto clear = read_clear(recording, *next, member_name('x', name->index), max_index_size);
    auto index = clear ? Index::parse(clear->text) : std::nullopt;
    if (!index || index->offset != *next || index->lines.empty() || !in_order(*index) ||
        index->lines.back().index != name->index)
      return std::nullopt;
    if (*next == last && clear->end != end) return std::nullopt;
    members += index->lines.size();
    limit = *next;
    next = index->previous;
    chain.push_back(std::move(*index));
  }
  std::vector<IndexLine> lines;
  lines.reserve(members);
  for (auto index = chain.rbegin(); index != chain.rend(); ++index)
    lines.insert(lines.end(), index->lines.begin(), index->lines.end());
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (lines[i].index != i) return std::nullopt;
  return lines;
}

std::optional<Note> note_at(ByteSource& recording, const IndexLine& line) {
  const auto clear = read_clear(recording, note_of(line), member_name('j', line.index), max_note_size);
  if (!clear) return std::nullopt;
  Note note = parse_note(clear->text);
  if (!note.canonical) return std::nullopt;
  return note;
}

bool describes(const Entry& entry, const IndexLine& line) {
  return entry.index == line.index && entry.kind == line.kind && entry.access == line.access &&
         entry.time == line.time && entry.duration == line.duration && entry.payload_size <= line.size &&
         crypto::leaf_hash(crypto::as_bytes(entry.text())) == line.leaf;
}

/// Hashes the age file of a line. `unknown` when its bytes are not those of the entry.
HeaderState header_of(ByteSource& recording, const IndexLine& line, const Entry& entry) {
  Block block;
  if (!read_at(recording, line.offset, block)) return HeaderState::unknown;
  const auto header = parse_ustar(block);
  if (!header || !header->canonical || header->size != line.size ||
      header->name != member_name(folder_of(line.kind), line.index))
    return HeaderState::unknown;
  std::vector<std::byte> buffer(std::size_t{256} << 10);
  const auto for_each_piece = [&](std::uint64_t from, const auto& take) {
    for (std::uint64_t at = from; at < line.size;) {
      const auto part = std::span{buffer}.first(std::min<std::uint64_t>(line.size - at, buffer.size()));
      if (!read_at(recording, line.offset + block_size + at, part)) return false;
      take(part);
      at += part.size();
    }
    return true;
  };
  AgeHasher hasher;
  const bool read = for_each_piece(0, [&](std::span<const std::byte> part) { hasher.update(part); });
  const auto state = hasher.match(entry, [&](std::uint64_t from) {
    crypto::Sha256 again;
    return for_each_piece(from, [&](std::span<const std::byte> part) { again.update(part); }) ? again.finish()
                                                                                              : Digest{};
  });
  const auto padding = std::span{buffer}.first(padding_after(line.size));
  const bool padded = read_at(recording, note_of(line) - padding.size(), padding) && is_zero(padding);
  return read && padded ? state : HeaderState::unknown;
}

}  // namespace

std::optional<Catalog> read_catalog(ByteSource& recording) {
  const auto size = recording.size();
  const auto last = size ? find_last(recording, *size) : std::nullopt;
  if (!last) return std::nullopt;
  auto tail = read_tail(recording, *last, *size);
  auto lines = tail ? follow(recording, tail->index, tail->index_end) : std::nullopt;
  if (!lines || lines->back().kind != MemberKind::close) return std::nullopt;
  const auto first_note = note_at(recording, lines->front());
  const auto last_note = note_at(recording, lines->back());
  if (!first_note || !last_note || first_note->signer != last_note->signer) return std::nullopt;
  for (const Change& change : tail->changes)
    if (change.members.back().last >= lines->size()) return std::nullopt;
  Catalog catalog{std::move(*lines), *last_note->signer, *last_note->checkpoint, {}, {}};
  catalog.shredded = named_by(tail->changes, ChangeKind::shred, catalog.lines.size());
  catalog.rewrapped = named_by(tail->changes, ChangeKind::rewrap, catalog.lines.size());
  crypto::MerkleTree tree;
  for (const IndexLine& line : catalog.lines) tree.add(line.leaf);
  const auto& head = catalog.head.checkpoint;
  if (head.size != tree.size() || head.root != tree.root() || !catalog.head.signed_by(catalog.verifier))
    return std::nullopt;
  return catalog;
}

std::optional<Entry> entry_of(ByteSource& recording, const Catalog& catalog, std::size_t index) {
  const IndexLine& line = catalog.lines.at(index);
  const auto note = note_at(recording, line);
  if (!note || !describes(*note->entry, line)) return std::nullopt;
  return note->entry;
}

std::optional<Member> member_of(ByteSource& recording, const Catalog& catalog, std::size_t index) {
  const IndexLine& line = catalog.lines.at(index);
  const auto entry = entry_of(recording, catalog, index);
  const auto header = entry ? header_of(recording, line, *entry) : HeaderState::unknown;
  // As it was written, or changed exactly as the notes tell.
  const bool shredded = header == HeaderState::zeroed, rewrapped = header == HeaderState::other;
  if (header == HeaderState::unknown || shredded != catalog.shredded[index] ||
      (!shredded && rewrapped != catalog.rewrapped[index]))
    return std::nullopt;
  Member member;
  member.known = true;
  member.header = header;
  member.header_size = line.size - entry->payload_size;
  member.condemned = member.shredded = shredded;
  member.rewrapped = rewrapped;
  member.offset = line.offset;
  member.size = line.size;
  member.folder = folder_of(line.kind);
  member.kind = entry->kind;
  member.access = entry->access;
  member.time = entry->time;
  member.duration = entry->duration;
  member.commitment = entry->commitment;
  member.leaf = line.leaf;
  member.intact = !shredded;
  member.flawless = true;
  return member;
}

}  // namespace invigil::recording
