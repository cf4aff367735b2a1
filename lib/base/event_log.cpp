#include "base/text_file.hpp"
#include "base/text_lines.hpp"

#include <invigil/error.hpp>
#include <invigil/event_log.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace invigil {

namespace {

/// 64 MiB hold half a million events: an exam has hundreds.
constexpr std::size_t largest_file = std::size_t{64} << 20;
constexpr std::size_t most_told = 20;

}  // namespace

void EventLog::add_bad(std::string what, Timestamp before) {
  if (bad_lines++ == 0) bad_begin = before;
  bad_end = before;
  if (bad.size() < most_told) bad.push_back(std::move(what));
}

EventLog read_event_log(const std::filesystem::path& path) {
  const auto text = read_text_file(path, largest_file, Errc::bad_header);
  EventLog log;
  std::size_t read_at_last_bad = 0;
  std::string_view rest = text;
  for (int number = 1; !rest.empty(); ++number) {
    const auto line = take_line(rest);
    if (blank(line)) continue;
    try {
      log.events.push_back(parse_event(line, fmt::format("{}:{}", path.string(), number)));
    } catch (const Error& e) {
      log.add_bad(e.what(), log.events.empty() ? Timestamp{} : log.events.back().time);
      read_at_last_bad = log.events.size();
    }
  }
  if (log.bad_lines > 0 && !log.events.empty())
    log.bad_end = log.events[std::min(read_at_last_bad, log.events.size() - 1)].time;
  std::stable_sort(log.events.begin(), log.events.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  return log;
}

std::optional<Flag> gap_of(const EventLog& log) {
  if (log.bad_lines == 0) return std::nullopt;
  Flag flag;
  flag.what = "gap";
  flag.kind = FlagKind::technical;
  flag.begin = flag.evidence_begin = std::min(log.bad_begin, log.bad_end);
  flag.end = flag.evidence_end = std::max(log.bad_begin, log.bad_end);
  flag.because = fmt::format("{} of what the exam page told could not be read: {}",
                             log.bad_lines == 1 ? "a line" : fmt::format("{} lines", log.bad_lines),
                             fmt::join(log.bad, "; "));
  if (log.bad_lines > log.bad.size()) flag.because += "; ...";
  return flag;
}

}  // namespace invigil
