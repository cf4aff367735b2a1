// One call from an input to everything that can be said about it.
#pragma once

#include <invigil/event.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/media.hpp>
#include <invigil/observation.hpp>
#include <invigil/playback.hpp>
#include <invigil/policy.hpp>

#include <map>
#include <string>
#include <vector>

namespace invigil {

/// What was seen, what was flagged, and how much of the input that rests on.
struct Examination {
  std::vector<Flag> flags;                ///< In order of their ends; `score()` puts them in order of begin.
  std::vector<Observation> observations;  ///< In order of time.
  Duration video{};                       ///< Length of the pictures that were read.
  Duration audio{};                       ///< Length of the sound that was read.
  Duration gaps{};                        ///< Recorded as missing.
  std::map<std::string, std::string> models;
  /// Empty, or why reading ended early: the input is damaged. What stands above is the part before.
  std::string damage;
};

/// Analyses a media file: redacts in memory, looks, listens. The same file gives the same result.
/// Throws what `MediaFile` throws when nothing can be read.
[[nodiscard]] INVIGIL_API Examination examine(MediaFile& file, std::vector<PlatformEvent> events = {},
                                              const Policy& policy = {});
/// Analyses a recording again; its own platform events are used where `events` is empty.
[[nodiscard]] INVIGIL_API Examination examine(const Playback& recording,
                                              std::vector<PlatformEvent> events = {},
                                              const Policy& policy = {});

}  // namespace invigil
