// Where a part of a session ended.
#include "recording/scan.hpp"
#include "recording/signed_tree.hpp"

#include <invigil/error.hpp>
#include <invigil/resume.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>

namespace invigil {

namespace {

using recording::Member;

constexpr Duration longest_break = std::chrono::hours{24};

/// `YYYY-MM-DDThh:mm:ss.mmmZ` in milliseconds since 1970; nothing when it is something else.
std::optional<std::chrono::milliseconds> parse_utc(const std::string& text) {
  std::tm time{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
  if (!rest || *rest != '.') return std::nullopt;
  int ms = 0;
  for (const char c : std::string_view{rest + 1}.substr(0, 3)) {
    if (c < '0' || c > '9') return std::nullopt;
    ms = ms * 10 + (c - '0');
  }
  return std::chrono::seconds{timegm(&time)} + std::chrono::milliseconds{ms};
}

/// How long ago an entry was written, by wall clocks, which may have been set meanwhile.
Duration since(const std::optional<recording::Entry>& last) {
  const auto then = last ? parse_utc(last->utc) : std::nullopt;
  if (!then) return {};
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return std::clamp<Duration>(now - *then, Duration{}, longest_break);
}

}  // namespace

EarlierPart earlier_part(ByteSource& recording) {
  const auto tree = recording::signed_tree(recording);
  recording.seek(0);
  const auto found = recording::scan(recording, std::nullopt);
  Timestamp end{};
  for (const Member& m : found.members)
    if (m.flawless) end = std::max(end, m.time + m.duration);
  const auto last = recording::entry_in(recording, tree, tree.leaves.size() - 1);
  return {tree.head.to_string(), tree.verifier.to_string(), end, end + since(last)};
}

}  // namespace invigil
