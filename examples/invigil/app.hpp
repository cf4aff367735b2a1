// What the subcommands share. Each is one file that registers itself; nothing else changes for a new one:
//
//   struct Options { std::string input; };
//   int run(const Options& options, const app::Common& common) { ...; return app::Exit::done; }
//   app::Job add(CLI::App& command, const app::Common& common) {
//     auto options = std::make_shared<Options>();
//     command.add_option("IN", options->input, "A media file")->required();
//     app::teach(command, {{"count exam.mp4", "how many pictures are in it"}});
//     return [options, &common] { return run(*options, common); };
//   }
//   const app::Subcommand registered{110, "count", "count the pictures", add};
#pragma once

#include <invigil/error.hpp>
#include <invigil/io.hpp>
#include <invigil/time.hpp>

#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace app {

/// Exit statuses, as written in the manual.
enum Exit : int { done = 0, failed = 1, usage = 2, damaged = 3, no_key = 4, no_device = 5 };

/// The status that an error of the library ends the program with.
int exit_status(const invigil::Error& error);

/// What every subcommand obeys; the options exist on each without its doing.
struct Common {
  bool quiet = false;  ///< No progress, no messages but errors.
  bool json = false;   ///< Results as JSON.
  bool force = false;  ///< Outputs may replace existing files.
};

/// Does the work; returns an `Exit`, or throws `invigil::Error`.
using Job = std::function<int()>;
/// Adds a subcommand's own options to `command` and returns what it does once they are parsed.
using Add = Job (*)(CLI::App& command, const Common& common);

/// A namespace-scope constant of this type in a subcommand's file makes the subcommand known. `rank` orders
/// the list of `invigil --help`: check 5, record 10, identify 15, redact 20, score 30, review 40, verify 50,
/// decrypt 60, shred 64, rewrap 67, export 70, devices 80, models 90, keygen 100.
class Subcommand {
 public:
  Subcommand(int rank, const char* name, const char* summary, Add add);
  int rank;
  const char* name;
  const char* summary;
  Add add;
};
/// All that were registered, by rank.
std::vector<Subcommand>& subcommands();

struct Example {
  const char* command;  ///< Without the leading "invigil ".
  const char* what;
};
/// Ends the subcommand's `--help` with examples and the exit statuses.
void teach(CLI::App& command, std::initializer_list<Example> examples);

/// "90m", "10s", "1h30m", "1.5h" or seconds; throws CLI::ValidationError.
invigil::Duration parse_duration(const std::string& text);
/// An option that takes a DURATION.
CLI::Option* add_duration(CLI::App& command, const std::string& name, std::optional<invigil::Duration>& value,
                          const std::string& help);
/// A point in media time, written like a DURATION.
CLI::Option* add_time(CLI::App& command, const std::string& name, std::optional<invigil::Timestamp>& value,
                      const std::string& help);

/// "-" is standard output; anything else appears under its name only when closed, and replaces an existing
/// file only with `--force`.
std::unique_ptr<invigil::ByteSink> open_output(const std::string& path, const Common& common);
/// Throws when an output would be written over an input, which `--force` must not do.
void require_distinct(const std::string& input, const std::string& output);
void write_text(invigil::ByteSink& out, std::string_view text);
/// Writes a result to standard output; throws `Error{io}` when nobody takes it.
void print(std::string_view text);
/// A message on standard error, unless `--quiet`.
void say(const Common& common, std::string_view message);
/// A warning on standard error: also with `--quiet`, because something is not as asked.
void warn(std::string_view message);

}  // namespace app
