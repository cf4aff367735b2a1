// What the subcommands share. Each is one file with one `add_...` function.
#pragma once

#include <invigil/error.hpp>

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace app {

/// Exit statuses, as written in the manual.
enum Exit : int { done = 0, failed = 1, usage = 2, damaged = 3, no_key = 4, no_device = 5 };

/// The status that an error of the library ends the program with.
int exit_status(const invigil::Error& error);

/// "90m", "10s", "1h30m" or seconds; throws CLI::ValidationError.
double parse_duration(const std::string& text);

/// What every subcommand obeys.
struct Common {
  bool quiet = false;
  bool json = false;
  bool force = false;
};

/// Adds a subcommand to `root`; when it is chosen, `job` is set to what it does.
using Job = std::function<int()>;
using AddSubcommand = void (*)(CLI::App& root, Common& common, Job& job);

}  // namespace app
