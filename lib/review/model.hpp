// What the review page shows, as plain data: the page can be tested without a recording.
#pragma once

#include <invigil/consent.hpp>
#include <invigil/playback.hpp>
#include <invigil/policy.hpp>
#include <invigil/score.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace invigil::review {

/// What the pictures showed over a stretch of time.
enum class Seen { nobody, one, several, not_visible };
struct SeenRun {
  Timestamp begin{}, end{};
  Seen seen = Seen::nobody;
  bool operator==(const SeenRun&) const = default;
};

/// Sound over one of many equal slices of the session.
struct SoundSlice {
  float level = -120;     ///< Loudest block, dBFS.
  bool measured = false;  ///< False where there was no sound at all.
  bool speech = false;    ///< Any block that was more likely speech than not.
};

struct ReportModel {
  std::string title;
  Duration duration{};
  Verification verification;
  std::string damage;  ///< As `Playback::damage()`.
  bool unredacted = false;
  Consent consent;
  Policy policy;
  bool other_policy = false;  ///< Scored with another policy than the recorded one.
  std::map<std::string, std::string> models;
  Score score;
  /// A JPEG for each of `score.because`; empty where there is none.
  std::vector<std::vector<std::byte>> stills;
  std::vector<SeenRun> seen;      ///< Empty when pictures were not analysed.
  std::vector<SoundSlice> sound;  ///< Empty when sound was not analysed.
};

}  // namespace invigil::review
