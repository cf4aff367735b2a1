// The page on which a person judges.
#pragma once

#include <invigil/export.hpp>
#include <invigil/playback.hpp>
#include <invigil/policy.hpp>

#include <optional>
#include <string>

namespace invigil {

struct ReportOptions {
  /// Score with this policy instead of the one in the recording.
  std::optional<Policy> policy = {};
  /// Width of the stills in pixels. 64 to 1920. Default: 480.
  int still_width = 480;
  /// Shown as the title. Default: "Recording".
  std::string title = "Recording";
};

/// One self-contained HTML page: a timeline, every flag with its reason and a (redacted) still, the score and
/// what it is made of, what could not be seen, consent, and whether the recording is whole.
[[nodiscard]] INVIGIL_API std::string render_report(const Playback& recording,
                                                    const Verification& verification,
                                                    const ReportOptions& options = {});

}  // namespace invigil
