// Flags from observations that were kept, by this policy or another: no picture is looked at again.
#pragma once

#include <invigil/analysis.hpp>
#include <invigil/event.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/observation.hpp>

#include <filesystem>
#include <string_view>
#include <vector>

namespace invigil {

/// Passes observations and events through the stages of `analyse`: with the policy and the events of the
/// first run, the flags are the same, byte for byte, and in the same order (of their ends). Takes about a
/// thousandth of a percent of the session's length. Observations and events may be in any order.
///
/// What was not kept cannot come back: a policy with a lower `face_confidence` than the first finds no more
/// faces, and `frames_dropped` and other flags on the recording itself are not in observations.
[[nodiscard]] INVIGIL_API std::vector<Flag> replay(const std::vector<Observation>& observations,
                                                   std::vector<PlatformEvent> events = {},
                                                   const AnalysisOptions& options = {});

/// JSON lines, as `to_json` writes them; blank lines are skipped. Throws `Error{bad_header}` naming `where`
/// and the line.
[[nodiscard]] INVIGIL_API std::vector<Observation> parse_observations(
    std::string_view lines, std::string_view where = "observations");
/// Reads a file of them, of at most 1 GiB. Throws `Error{io}`, or `Error{bad_header}` naming file and line.
[[nodiscard]] INVIGIL_API std::vector<Observation> load_observations(const std::filesystem::path& path);

}  // namespace invigil
