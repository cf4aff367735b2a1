// All detectors and flags of a policy, wired together: from pictures, sound and events to flags.
#pragma once

#include <invigil/audio.hpp>
#include <invigil/consent.hpp>
#include <invigil/event.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/frame.hpp>
#include <invigil/image.hpp>
#include <invigil/observation.hpp>
#include <invigil/policy.hpp>
#include <invigil/session.hpp>

#include <map>
#include <optional>
#include <string>

namespace invigil {

struct AnalysisOptions {
  Policy policy = {};
  /// Live sources: the analysis looks at what it can keep up with and counts the rest, so that it never
  /// delays a recording. False, for files: every wire blocks, so that the result is the same every time.
  /// Default: false.
  bool drop_when_late = false;
  /// What the candidate agreed to; when that is nothing, `consent_missing` is flagged. Default: not known,
  /// and not flagged.
  std::optional<Consent> consent = std::nullopt;
  /// The candidate, from the identity step, whom the face is compared with. Default: none; the first face
  /// that is seen alone for 5 s is taken.
  Image portrait = {};
};

/// The wires that `analyse` adds to a session.
struct Analysis {
  Stream<Flag> flags;                ///< In order of their ends.
  Stream<Observation> observations;  ///< One per analysed picture and per 32 ms of sound.
  std::map<std::string, std::string>
      models;  ///< Which detector does what, e.g. "faces": "yunet-2023mar sha256:...".
};

/// Adds the detectors and flags that `options.policy` enables. Inputs that are absent are left out.
[[nodiscard]] INVIGIL_API Analysis analyse(Session& session, std::optional<Stream<Frame>> video,
                                           std::optional<Stream<AudioBlock>> audio,
                                           std::optional<Stream<PlatformEvent>> events,
                                           const AnalysisOptions& options = {});

}  // namespace invigil
