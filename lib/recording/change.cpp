#include "recording/change.hpp"

#include "base/utf8.hpp"
#include "crypto/encoding.hpp"
#include "crypto/note.hpp"
#include "recording/entry.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <chrono>
#include <limits>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace invigil {

std::string_view to_string(ChangeKind kind) noexcept {
  return kind == ChangeKind::shred ? "shred" : "rewrap";
}

}  // namespace invigil

namespace invigil::recording {

using crypto::parse_number;
using crypto::take_until;

namespace {

constexpr std::string_view magic = "invigil-change/1 ";
constexpr std::uint64_t max_offset = std::numeric_limits<std::int64_t>::max();

bool is_why(std::string_view why) {
  if (why.empty() || why.size() > max_why_size) return false;
  while (!why.empty()) {
    const auto c = static_cast<unsigned char>(why.front());
    const std::size_t length = utf8_length(why);
    if (length == 0 || c < 0x20 || c == 0x7f) return false;
    why.remove_prefix(length);
  }
  return true;
}

/// `YYYY-MM-DDThh:mm:ss.mmmZ`; whether the day exists does not matter.
bool is_utc(std::string_view utc) {
  constexpr std::string_view shape = "0000-00-00T00:00:00.000Z";
  return utc.size() == shape.size() && std::equal(utc.begin(), utc.end(), shape.begin(), [](char c, char s) {
           return s == '0' ? c >= '0' && c <= '9' : c == s;
         });
}

std::optional<MemberRange> parse_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_number(text.substr(0, dash), max_members - 1);
  if (!first) return std::nullopt;
  if (dash == std::string_view::npos) return MemberRange{*first, *first};
  const auto last = parse_number(text.substr(dash + 1), max_members - 1);
  if (!last || *last <= *first) return std::nullopt;
  return MemberRange{*first, *last};
}

std::optional<std::vector<MemberRange>> parse_ranges(std::string_view text) {
  std::vector<MemberRange> ranges;
  for (;;) {
    const std::size_t comma = text.find(',');
    const auto range = parse_range(text.substr(0, comma));
    if (!range || (!ranges.empty() && range->first <= ranges.back().last + 1)) return std::nullopt;
    ranges.push_back(*range);
    if (comma == std::string_view::npos) return ranges;
    text.remove_prefix(comma + 1);
  }
}

/// What follows `name` and a space in the next line; nothing when that is another.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view name) {
  auto line = take_until(text, '\n');
  if (!line || !line->starts_with(name)) return std::nullopt;
  line->remove_prefix(name.size());
  return line;
}

std::string digest_line(std::string_view before) {
  return fmt::format("digest {}\n", crypto::base64(crypto::sha256(crypto::as_bytes(before))));
}

}  // namespace

std::vector<MemberRange> ranges_of(std::span<const std::uint64_t> members) {
  std::vector<MemberRange> ranges;
  for (const std::uint64_t member : members) {
    if (!ranges.empty() && ranges.back().last + 1 == member) {
      ranges.back().last = member;
    } else {
      ranges.push_back({member, member});
    }
  }
  return ranges;
}

void check_why(std::string_view why) {
  if (!is_why(why))
    throw Error(Errc::argument, "the reason",
                fmt::format("must be one line of UTF-8 of 1 to {} bytes; shorten it or put it into words",
                            max_why_size));
}

std::string Change::text() const {
  std::string list;
  for (const auto& [first, last] : members) {
    fmt::format_to(std::back_inserter(list), "{}{}", list.empty() ? "" : ",", first);
    if (last > first) fmt::format_to(std::back_inserter(list), "-{}", last);
  }
  std::string text = fmt::format("{}{} {}\nutc {}\nwhy {}\nmembers {}\nprevious {}\n", magic, number,
                                 to_string(kind), utc, why, list, previous ? std::to_string(*previous) : "-");
  text += digest_line(text);
  // Of fixed length, like an index's: found in the last bytes of a closed recording.
  return text += fmt::format("at {:020}\n", offset);
}

std::optional<Change> Change::parse(std::string_view text) {
  const std::string_view whole = text;
  const auto first = take_line(text, magic), utc = take_line(text, "utc "), why = take_line(text, "why "),
             members = take_line(text, "members "), previous = take_line(text, "previous "),
             digest = take_line(text, "digest "), at = take_line(text, "at ");
  if (!first || !utc || !is_utc(*utc) || !why || !is_why(*why) || !members || !previous || !digest || !at)
    return std::nullopt;
  std::string_view words = *first;
  const auto number = parse_number(take_until(words, ' ').value_or(""), max_members - 1);
  const auto ranges = parse_ranges(*members);
  const auto offset = parse_number(at->substr(std::min(at->find_first_not_of('0'), at->size())), max_offset);
  if (!number || !ranges || (words != "shred" && words != "rewrap")) return std::nullopt;
  Change change{*number,           words == "shred" ? ChangeKind::shred : ChangeKind::rewrap,
                std::string{*utc}, std::string{*why},
                *ranges,           *previous == "-" ? std::nullopt : parse_number(*previous, max_offset),
                offset.value_or(0)};
  if (change.text() != whole) return std::nullopt;
  return change;
}

std::uint64_t Change::count() const {
  std::uint64_t count = 0;
  for (const auto& [first, last] : members) count += last - first + 1;
  return count;
}

std::vector<bool> named_by(std::span<const Change> changes, ChangeKind kind, std::size_t members) {
  std::vector<std::int64_t> steps(members + 1);
  for (const Change& change : changes) {
    if (change.kind != kind) continue;
    for (const auto& [first, last] : change.members) {
      if (first >= members) break;
      ++steps[first];
      --steps[std::min<std::uint64_t>(last + 1, members)];
    }
  }
  std::vector<bool> named(members);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < members; ++i) named[i] = (count += steps[i]) > 0;
  return named;
}

std::string change_name(std::uint64_t number) { return fmt::format("x/{:06}.note", number); }

std::string claimed_utc() {
  using namespace std::chrono;
  const auto now = time_point_cast<milliseconds>(system_clock::now());
  const auto ms = now.time_since_epoch().count() % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(system_clock::to_time_t(now)), ms);
}

}  // namespace invigil::recording
