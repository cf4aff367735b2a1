// invigil check: before the exam, whether all will do.
#include "app.hpp"
#include "interrupt.hpp"

#include <invigil/check.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

using namespace invigil;

struct Options {
  std::string camera = "default", microphone = "default";
  std::string disk = ".", upload, log, candidate;
  std::optional<Duration> length;
};

std::string as_text(const SystemCheckReport& report) {
  std::string text;
  for (const auto& item : report.items) {
    text += fmt::format("{:<5} {:<12} {}\n", to_string(item.state), item.name, item.seen);
    if (!item.advice.empty()) text += fmt::format("{:<18} -> {}\n", "", item.advice);
  }
  return text;
}

/// One line a check, at the end of the file.
void write_log(const Options& options, const SystemCheckReport& report) {
  nlohmann::ordered_json line;
  line["at"] = fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr)));
  if (!options.candidate.empty()) line["candidate"] = options.candidate;
  line.update(nlohmann::ordered_json::parse(report.to_json()));
  std::ofstream file{options.log, std::ios::app};
  file << line.dump() << '\n';
  if (!file.flush()) throw Error(Errc::io, options.log, "cannot be written to; choose another file");
}

int exit_status(const SystemCheckReport& report) {
  if (report.state() != CheckState::fail) return app::Exit::done;
  std::string failed;
  bool device = false;
  for (const auto& item : report.items) {
    if (item.state != CheckState::fail) continue;
    failed += (failed.empty() ? "" : ", ") + item.name;
    device = device || item.trouble.has_value();
  }
  fmt::print(stderr, "invigil: check: {} will not do; what to do stands with each\n", failed);
  return device ? app::Exit::no_device : app::Exit::failed;
}

int run(const Options& options, const app::Common& common) {
  const auto device = [](const std::string& name) { return name == "default" ? "" : name; };
  SystemCheckOptions wanted{.camera = device(options.camera),
                            .microphone = device(options.microphone),
                            .disk = options.disk,
                            .upload = options.upload};
  if (options.length) wanted.length = *options.length;
  const SystemCheck check{wanted};
  app::say(common, "Sit as in the exam, and say a sentence; this takes a few seconds");
  std::stop_source stop;
  const app::OnInterrupt on_interrupt{[&] { stop.request_stop(); }};
  const auto report = check.run(stop.get_token());
  if (stop.stop_requested()) throw Error(Errc::closed, "check", "was interrupted; start it again");
  if (!options.log.empty()) write_log(options, report);
  app::print(common.json ? report.to_json() + "\n" : as_text(report));
  return exit_status(report);
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  command.add_option("--camera", options->camera, "Camera, as \"invigil devices\" names it; \"none\"")
      ->type_name("D")
      ->capture_default_str();
  command.add_option("--microphone", options->microphone, "Microphone, or \"none\"")
      ->type_name("D")
      ->capture_default_str();
  command.add_option("--disk", options->disk, "Where the recording will lie")
      ->type_name("DIR")
      ->capture_default_str();
  app::add_duration(command, "--for", options->length, "How long the exam is; 90m unless told");
  command
      .add_option("--upload", options->upload,
                  "Where the recording is sent to: it is asked ten times and sent 1 MiB of random bytes")
      ->type_name("URL");
  command.add_option("--json-log", options->log, "Add the result to this file, one JSON object a line")
      ->type_name("FILE");
  command.add_option("--candidate", options->candidate, "Whose check it is, for the log")->type_name("NAME");
  app::teach(command,
             {{"check", "camera, microphone, disk, processors, power, clock, displays"},
              {"check --for 3h --disk /media/exams --upload https://exams.example.org/upload", "all of it"},
              {"check --json-log checks.jsonl --candidate s1234567", "kept for each candidate"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{5, "check", "before the exam: will devices, disk, computer and network do?",
                                 add};

}  // namespace
