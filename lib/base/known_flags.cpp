#include "base/known_flags.hpp"

#include <algorithm>
#include <array>

namespace invigil {

namespace {

constexpr auto behaviour = FlagKind::behaviour;
constexpr auto technical = FlagKind::technical;
constexpr auto milestone = FlagKind::milestone;

// The durations are the detectors' (hysteresis of 1 s and more) or what a person would call "away". The rates
// are assumptions about an honest candidate in a closed-book exam, on the generous side; a policy changes
// them.
constexpr auto all = std::to_array<KnownFlag>({
    {"book", behaviour, 2, 1, 0.5},
    {"camera_covered", behaviour, 2, 1, 0.2},
    {"camera_frozen", behaviour, 3, 1, 0.2},
    {"camera_loop", behaviour, 1, 1, 0.05, true},
    {"copy", behaviour, 0, 0.5, 2},
    {"display_added", behaviour, 0, 1, 0.2},
    {"face_absent", behaviour, 3, 1, 1},
    {"focus_lost", behaviour, 0, 1, 1},
    {"fullscreen_left", behaviour, 0, 1, 0.5},
    {"gaze_away", behaviour, 3, 0.5, 12},
    {"head_away", behaviour, 3, 0.5, 12},
    {"long_idle", behaviour, 60, 0.2, 1},
    {"multiple_faces", behaviour, 1, 1, 0.2},
    {"navigation", behaviour, 0, 1, 0.5},
    {"other_person", behaviour, 2, 1, 0.05, true},
    {"paste", behaviour, 0, 1, 0.5},
    {"phone", behaviour, 1, 1, 0.1, true},
    {"screen_not_shared", behaviour, 2, 1, 0.2},
    {"second_screen_device", behaviour, 2, 1, 0.5},
    {"speech", behaviour, 0.5, 0.5, 6},
    {"typing_anomaly", behaviour, 0, 0.5, 0.5},
    {"virtual_camera", behaviour, 0, 1, 0.05},
    {"voices", behaviour, 2, 1, 0.5},
    {"window_resized", behaviour, 0, 0.2, 2},
    {"blurred", technical, 3, 0, 1},
    {"camera_lost", technical, 0, 0, 1},
    {"clipping", technical, 1, 0, 1},
    {"consent_missing", technical, 0, 0, 1},
    {"detector_unsure", technical, 0, 0, 1},
    {"ended_early", technical, 0, 0, 1},
    {"frames_dropped", technical, 0, 0, 1},
    {"gap", technical, 0, 0, 1},
    {"low_light", technical, 3, 0, 1},
    {"microphone_lost", technical, 0, 0, 1},
    {"microphone_muted", technical, 3, 0, 1},
    {"network_lost", technical, 0, 0, 1},
    {"resolution_changed", technical, 0, 0, 1},
    {"break", milestone, 0, 0, 1},
    {"consent", milestone, 0, 0, 1},
    {"ended", milestone, 0, 0, 1},
    {"identified", milestone, 0, 0, 1},
    {"room_scan", milestone, 0, 0, 1},
    {"started", milestone, 0, 0, 1},
    {"submitted", milestone, 0, 0, 1},
});

}  // namespace

std::span<const KnownFlag> known_flags() noexcept { return all; }

const KnownFlag* known_flag(std::string_view name) noexcept {
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& f) { return f.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace invigil
