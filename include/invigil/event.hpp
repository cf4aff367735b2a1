// What the exam platform tells: focus lost, paste, ...
#pragma once

#include <invigil/export.hpp>
#include <invigil/time.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace invigil {

/// Something that happened in the exam page or client, not in the picture or the sound.
struct PlatformEvent {
  Timestamp time{};
  /// One of the platform flags' names, e.g. "focus_lost", "paste", "fullscreen_left"; others are kept,
  /// unscored.
  std::string event;
  /// How long it lasted; zero for a moment.
  Duration duration{};
};

/// Parses one line `{"t":s,"event":"focus_lost","duration":s?}`. Unknown keys are ignored.
/// Throws `Error{bad_header}` naming `where` (e.g. "events.jsonl:3") and what is wrong.
[[nodiscard]] INVIGIL_API PlatformEvent parse_event(std::string_view line, std::string_view where = "event");
/// The line that `parse_event` reads.
[[nodiscard]] INVIGIL_API std::string to_json(const PlatformEvent& event);
/// Reads a file of such lines, in order of time; blank lines are skipped. Throws `Error{io}`, or
/// `Error{bad_header}` naming file and line.
[[nodiscard]] INVIGIL_API std::vector<PlatformEvent> load_events(const std::filesystem::path& path);

}  // namespace invigil
