#include "recording/reader.hpp"

#include "crypto/age.hpp"
#include "crypto/merkle.hpp"
#include "recording/ustar.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace invigil::recording {

namespace {

using Bytes = std::vector<std::byte>;

Bytes read_all(ByteSource& source, std::size_t expected) {
  Bytes bytes(expected);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::size_t n = source.read(std::span{bytes}.subspan(done));
    if (n == 0) break;
    done += n;
  }
  std::byte more{};
  if (source.read({&more, 1}) != 0) throw Error(Errc::tampered, source.name(), "holds more than it says");
  bytes.resize(done);
  return bytes;
}

}  // namespace

Reader::Reader(std::unique_ptr<ByteSource> source, std::vector<Identity> identities)
    : source_(std::move(source)), identities_(std::move(identities)) {
  if (!source_->size())
    throw Error(Errc::unsupported, source_->name(), "cannot be read at any place; write it to a file first");
  Slice file = whole();
  catalog_ = read_catalog(file);
  if (catalog_ && open_or_note(0)) return;
  const Scan& found = all();  // also where the first member was shredded
  for (std::size_t i = 0; i < found.members.size(); ++i)
    if (found.members[i].intact && open_or_note(i)) return;
}

Slice Reader::whole() const {
  return {*source_, source_mutex_, 0, source_->size().value_or(0), source_->name()};
}

std::string Reader::place(std::size_t index) const {
  return fmt::format("{}: member {}", source_->name(), index);
}

const Scan& Reader::all() const {
  const std::lock_guard lock{scan_mutex_};
  if (!scan_) {
    Slice file = whole();
    scan_ = std::make_unique<const Scan>(scan(file, std::nullopt));
  }
  return *scan_;
}

const Scan* Reader::scanned() const {
  const std::lock_guard lock{scan_mutex_};
  return scan_.get();
}

/// A member as it should be, which may be shredded, by whichever way in is open.
std::optional<Member> Reader::member(std::size_t index) const {
  if (!scanned()) {
    {
      const std::lock_guard lock{damage_mutex_};
      if (const auto known = checked_.find(index); known != checked_.end()) return known->second;
    }
    Slice file = whole();
    if (auto found = member_of(file, *catalog_, index)) {
      const std::lock_guard lock{damage_mutex_};
      return checked_.emplace(index, *found).first->second;
    }
  }
  const Scan& found = all();
  if (index >= found.members.size()) return std::nullopt;
  const Member& member = found.members[index];
  return member.intact || member.shredded ? std::optional{member} : std::nullopt;
}

/// The whole content of one member: authentic to the last byte, or an error.
Bytes Reader::open(const Member& member, std::size_t index) const {
  const std::string where = place(index);
  if (member.size > 2 * max_plaintext_size) throw Error(Errc::tampered, where, "is larger than 256 MiB");
  const auto opened = crypto::open_age(
      std::make_unique<Slice>(*source_, source_mutex_, member.offset + block_size, member.size, where),
      identities_);
  // One ciphertext can be made that opens under two keys; the entry commits to one.
  if (member.intact && !crypto::equal(opened.commitment, member.commitment))
    throw Error(Errc::tampered, where, "is encrypted under another key than its entry commits to");
  return read_all(*opened.plaintext, member.size);
}

std::optional<Bytes> Reader::open_or_note(std::size_t index) const {
  const auto found = member(index);
  if (!found || found->shredded) return std::nullopt;
  try {
    return open(*found, index);
  } catch (const Error& e) {
    if (e.code() == Errc::io || e.code() == Errc::no_identity) throw;
    note_damage(e);
    return std::nullopt;
  }
}

/// Of a member that is told to be damaged already.
std::optional<Bytes> Reader::open_damaged(std::size_t index) const {
  try {
    return open(all().members[index], index);
  } catch (const Error& e) {
    if (e.code() == Errc::io) throw;
    return std::nullopt;
  }
}

void Reader::note_damage(const Error& error) const {
  const std::lock_guard lock{damage_mutex_};
  if (later_damage_.empty()) later_damage_ = error.what();
}

void Reader::for_each(MemberKind kind, const std::function<void(std::string_view, std::size_t)>& take) const {
  const Scan& found = all();
  for (std::size_t i = 0; i < found.members.size(); ++i) {
    if (!found.members[i].intact || found.members[i].kind != kind) continue;
    if (const auto bytes = open_or_note(i))
      take({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, i);
  }
}

void Reader::for_each_line(MemberKind kind,
                           const std::function<void(std::string_view, const std::string&)>& take) const {
  for_each(kind, [&](std::string_view text, std::size_t index) {
    for (int number = 1; !text.empty(); ++number) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const auto line = text.substr(0, end);
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.empty()) continue;
      try {
        take(line, fmt::format("{}, line {}", place(index), number));
      } catch (const Error& e) {
        note_damage(e);
      }
    }
  });
}

std::optional<EarlierHead> Reader::resumes() const {
  if (!scanned()) {
    Slice file = whole();
    const auto entry = entry_of(file, *catalog_, 0);
    if (entry && entry->kind == MemberKind::resume) return EarlierHead::parse(entry->beacon);
  }
  const auto& members = all().members;
  const bool there = !members.empty() && members[0].flawless && members[0].kind == MemberKind::resume;
  return there ? EarlierHead::parse(members[0].beacon) : std::nullopt;
}

std::optional<Digest> Reader::root_over(std::uint64_t size) const {
  if (scanned()) return recording::root_over(all(), size);
  if (size > catalog_->lines.size()) return std::nullopt;
  crypto::MerkleTree tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.add(catalog_->lines[i].leaf);
  return tree.root();
}

void Reader::follow(Reader& before) {
  const auto head = resumes();
  if (head && before.root_over(head->size) == head->root)
    before.continued_ = true;
  else
    note_damage({Errc::tampered, name(), fmt::format("does not continue {} where that ends", before.name())});
}

std::string Reader::damage() const {
  static_cast<void>(all());
  return damage_so_far();
}

std::string Reader::damage_so_far() const {
  const Scan* found = scanned();
  const std::lock_guard lock{damage_mutex_};
  if (found && found->state == RecordingState::damaged) return fmt::format("{}: {}", name(), found->problem);
  if (!later_damage_.empty()) return later_damage_;
  if (found && found->state == RecordingState::unterminated && !continued_)
    return fmt::format("{}: ends without being closed; all that is there is intact", name());
  return {};
}

}  // namespace invigil::recording
