// A file of platform events, read as far as it can be read.
#pragma once

#include <invigil/event.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace invigil {

struct INVIGIL_API EventLog {
  std::vector<PlatformEvent> events;  ///< Of the lines that could be read, in order of time.
  /// What is wrong with the first lines that could not, at most 20 of them: "events.jsonl:3: is not ...".
  std::vector<std::string> bad;
  std::size_t bad_lines = 0;  ///< How many there are in all.
  /// Of the events around the bad lines: what they told lies somewhere between, if the file is in order.
  Timestamp bad_begin{}, bad_end{};

  /// Notes a line that could not be read. before: time of the event before it.
  void add_bad(std::string what, Timestamp before);
};

/// Reads `{"t":s,"event":"focus_lost","duration":s?}` lines; a bad one is left out and named, the rest is
/// used. Throws `Error{io}` when the file cannot be read, `Error{bad_header}` beyond 64 MiB.
[[nodiscard]] INVIGIL_API EventLog read_event_log(const std::filesystem::path& path);

/// The technical flag `gap` that says what is missing; nothing when no line was bad.
[[nodiscard]] INVIGIL_API std::optional<Flag> gap_of(const EventLog& log);

}  // namespace invigil
