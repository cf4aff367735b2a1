// What the exam platform tells: focus lost, paste, ...
#pragma once

#include <invigil/export.hpp>
#include <invigil/time.hpp>

#include <string>
#include <string_view>

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

}  // namespace invigil
