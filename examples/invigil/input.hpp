// What subcommands that take a media file, a recording or a list of flags share.
#pragma once

#include "app.hpp"
#include "keys.hpp"

#include <invigil/event_log.hpp>
#include <invigil/flag.hpp>
#include <invigil/playback.hpp>
#include <invigil/policy.hpp>

#include <optional>
#include <string>
#include <vector>

namespace app {

/// Whether the file is a tar archive, as recordings are and media files are not.
bool is_recording(const std::string& path);

/// Opens a recording with the keys in `identity_files`; says which option is missing when there are none.
invigil::Playback open_recording(const std::string& path, const std::vector<std::string>& identity_files);

/// The file that `--policy` names; else the one that the recording was made with; else the default.
invigil::Policy choose_policy(const std::string& policy_file,
                              const std::optional<invigil::Playback>& recording);

/// Whether the name is that of observations that were kept: they end in ".jsonl".
bool is_observations(const std::string& path);

/// The events of a file; what could not be read of it is told on standard error. Empty for an empty path.
invigil::EventLog load_events(const std::string& path);

/// One flag a line. Throws `Error{bad_header}` naming file and line.
std::vector<invigil::Flag> load_flags(const std::string& path);

}  // namespace app
