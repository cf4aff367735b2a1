#include "recording/entry.hpp"

#include "crypto/encoding.hpp"
#include "recording/change.hpp"
#include "recording/ustar.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace invigil::recording {

using crypto::parse_number;
using crypto::take_until;

namespace {

constexpr std::array<std::string_view, 10> kinds{"init", "media",       "consent", "policy", "event",
                                                 "flag", "observation", "gap",     "resume", "close"};
constexpr std::array<std::string_view, 3> accesses{"key", "delta", "-"};
constexpr std::string_view entry_magic = "invigil/1", index_magic = "invigil-index/1";
constexpr std::uint64_t max_time = std::numeric_limits<std::int64_t>::max();

template <class Enum, std::size_t N>
std::optional<Enum> parse_name(const std::array<std::string_view, N>& names, std::string_view text) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

std::optional<Digest> parse_digest(std::string_view text) {
  const auto bytes = crypto::parse_base64(text);
  if (!bytes || bytes->size() != std::tuple_size_v<Digest>) return std::nullopt;
  Digest digest;
  std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}

/// Reads words of a line; the first that does not fit spoils all.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}
  std::string_view word() {
    const std::size_t end = std::min(rest_.find(' '), rest_.size());
    const auto taken = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    if (taken.empty()) ok_ = false;
    return taken;
  }
  void literal(std::string_view text) { ok_ = word() == text && ok_; }
  std::uint64_t number(std::uint64_t max) { return value(parse_number(word(), max)); }
  Digest digest() { return value(parse_digest(word())); }
  MemberKind kind() { return value(parse_name<MemberKind>(kinds, word())); }
  Access access() { return value(parse_name<Access>(accesses, word())); }
  [[nodiscard]] bool ok() const { return ok_ && rest_.empty(); }
  bool fail() { return ok_ = false; }

 private:
  template <class T>
  T value(const std::optional<T>& parsed) {
    if (!parsed) ok_ = false;
    return parsed.value_or(T{});
  }
  std::string_view rest_;
  bool ok_ = true;
};

Timestamp time_of(std::uint64_t ns) { return Timestamp{Duration{static_cast<std::int64_t>(ns)}}; }
Duration duration_of(std::uint64_t ns) { return Duration{static_cast<std::int64_t>(ns)}; }
/// Whether there is an end that can be counted to.
bool ends(Timestamp time, Duration duration) { return time <= Timestamp::max() - duration; }

}  // namespace

std::string_view to_string(MemberKind kind) noexcept { return kinds[static_cast<std::size_t>(kind)]; }
char folder_of(MemberKind kind) noexcept {
  return kind == MemberKind::init ? 'i' : kind == MemberKind::media ? 's' : 'm';
}

std::string Entry::text() const {
  return fmt::format("{} {} {} {}\npayload {} {}\nheader {}\nkc {}\nt {} {} utc {} beacon {}\n", entry_magic,
                     index, to_string(kind), accesses[static_cast<std::size_t>(access)],
                     crypto::base64(payload), payload_size, crypto::base64(header),
                     crypto::base64(commitment), time.time_since_epoch().count(), duration.count(), utc,
                     beacon);
}

std::optional<Entry> Entry::parse(std::string_view text) {
  const std::string_view whole = text;
  std::array<std::string_view, 5> lines;
  for (auto& line : lines) {
    const auto taken = take_until(text, '\n');
    if (!taken) return std::nullopt;
    line = *taken;
  }
  Entry entry;
  Words first{lines[0]}, payload{lines[1]}, header{lines[2]}, kc{lines[3]}, t{lines[4]};
  first.literal(entry_magic);
  entry.index = first.number(max_members - 1);
  entry.kind = first.kind();
  entry.access = first.access();
  payload.literal("payload");
  entry.payload = payload.digest();
  entry.payload_size = payload.number(max_member_size);
  header.literal("header");
  entry.header = header.digest();
  kc.literal("kc");
  entry.commitment = kc.digest();
  t.literal("t");
  entry.time = time_of(t.number(max_time));
  entry.duration = duration_of(t.number(max_time));
  t.literal("utc");
  entry.utc = t.word();
  t.literal("beacon");
  entry.beacon = t.word();
  const bool ok =
      first.ok() && payload.ok() && header.ok() && kc.ok() && t.ok() && ends(entry.time, entry.duration);
  if (!ok || (entry.kind == MemberKind::media) == (entry.access == Access::none)) return std::nullopt;
  if (entry.text() != whole) return std::nullopt;
  return entry;
}

bool names_signer(std::uint64_t index, MemberKind kind) noexcept {
  return index == 0 || kind == MemberKind::close;
}

std::string note_text(const Entry& entry, const std::optional<crypto::VerifierKey>& signer,
                      const std::string& signed_checkpoint) {
  std::string text = entry.text();
  if (signer) text += fmt::format("signer {}\n", signer->to_string());
  return text.append("\n").append(signed_checkpoint);
}

Note parse_note(std::string_view text) {
  Note note;
  const std::string_view whole = text;
  std::size_t entry_end = 0;
  for (int line = 0; line < 5 && entry_end != std::string_view::npos; ++line) {
    const std::size_t feed = text.find('\n', entry_end);
    entry_end = feed == std::string_view::npos ? feed : feed + 1;
  }
  if (entry_end != std::string_view::npos) note.entry = Entry::parse(text.substr(0, entry_end));
  const std::size_t empty = text.find("\n\n");
  if (empty == std::string_view::npos) return note;
  note.checkpoint = crypto::parse_checkpoint(text.substr(empty + 2));
  const std::string_view head = text.substr(0, empty);
  const std::size_t last = head.rfind('\n');
  std::string_view line = last == std::string_view::npos ? head : head.substr(last + 1);
  if (line.starts_with("signer ")) note.signer = crypto::VerifierKey::parse(line.substr(7));
  note.canonical = note.entry && note.checkpoint &&
                   note.signer.has_value() == names_signer(note.entry->index, note.entry->kind) &&
                   note_text(*note.entry, note.signer, note.checkpoint->to_string()) == whole;
  return note;
}

std::string Index::text() const {
  std::string text = fmt::format("{} {}\n", index_magic, lines.size());
  for (const IndexLine& line : lines)
    text += fmt::format("{} {} {} {} {} {} {} {}\n", line.index, to_string(line.kind),
                        accesses[static_cast<std::size_t>(line.access)], line.time.time_since_epoch().count(),
                        line.duration.count(), line.offset, line.size, crypto::base64(line.leaf));
  text += previous ? fmt::format("previous {}\n", *previous) : "previous -\n";
  // Of fixed length: a reader finds it in the last bytes of a closed recording.
  return text += fmt::format("at {:020}\n", offset);
}

std::optional<Index> Index::parse(std::string_view text) {
  const std::string_view whole = text;
  const auto next = [&text] { return Words{take_until(text, '\n').value_or(std::string_view{})}; };
  Words first = next();
  first.literal(index_magic);
  const std::uint64_t count = first.number(max_members);
  if (!first.ok()) return std::nullopt;
  Index index;
  for (std::uint64_t i = 0; i < count; ++i) {
    Words words = next();
    IndexLine line;
    line.index = words.number(max_members - 1);
    line.kind = words.kind();
    line.access = words.access();
    line.time = time_of(words.number(max_time));
    line.duration = duration_of(words.number(max_time));
    line.offset = words.number(max_time);
    line.size = words.number(max_time);
    line.leaf = words.digest();
    if (!words.ok() || !ends(line.time, line.duration)) return std::nullopt;
    index.lines.push_back(line);
  }
  Words previous = next();
  previous.literal("previous");
  const auto offset = previous.word();
  if (offset != "-") index.previous = parse_number(offset, max_time);
  Words at = next();
  at.literal("at");
  std::string_view digits = at.word();
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  index.offset = parse_number(digits, max_time).value_or(0);
  if (index.text() != whole) return std::nullopt;
  return index;
}

bool IndexClock::due_after(MemberKind kind, Timestamp time, Duration duration) {
  if (kind == MemberKind::close) return true;
  if (kind != MemberKind::media) return false;
  media_end_ = std::max(media_end_, time + duration);
  if (media_end_ - indexed_ < index_every) return false;
  indexed_ = media_end_;
  return true;
}

std::string member_name(char folder, std::uint64_t index) {
  const char* suffix = folder == 'j' ? "note" : folder == 'x' ? "idx" : "age";
  return fmt::format("{}/{:06}.{}", folder, index, suffix);
}

std::optional<MemberName> parse_member_name(std::string_view name) {
  if (name.size() < 8 || std::string_view{"ismjx"}.find(name[0]) == std::string_view::npos)
    return std::nullopt;
  MemberName member{name[0]};
  for (const char c : name.substr(2, 6)) {
    if (c < '0' || c > '9') return std::nullopt;
    member.index = member.index * 10 + static_cast<std::uint64_t>(c - '0');
  }
  member.change = name == change_name(member.index);
  if (!member.change && member_name(member.folder, member.index) != name) return std::nullopt;
  return member;
}

}  // namespace invigil::recording
