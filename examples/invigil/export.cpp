// invigil export: flags for spreadsheets and exam platforms.
#include "input.hpp"

#include <invigil/exchange.hpp>
#include <invigil/score.hpp>

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace {

using namespace invigil;

struct Options {
  std::string input;
  std::vector<std::string> identities;
  std::string format;
  std::string output = "-";
  std::string policy, started;
  ExchangeOptions exchange;
};

const std::map<std::string, ExchangeFormat> formats{{"csv", ExchangeFormat::csv},
                                                    {"acs", ExchangeFormat::acs},
                                                    {"edx", ExchangeFormat::edx},
                                                    {"xapi", ExchangeFormat::xapi}};

/// What the recording itself knows is used where no option says otherwise.
void complete(ExchangeOptions& exchange, const Options& options, const std::optional<Playback>& recording) {
  const auto consent = recording ? recording->consent() : Consent{};
  if (exchange.user == ExchangeOptions{}.user && !consent.by.empty()) exchange.user = consent.by;
  if (!options.started.empty()) {
    exchange.started = parse_wall_time(options.started);
  } else if (!consent.at.empty()) {
    try {
      exchange.started = parse_wall_time(consent.at);
    } catch (const Error&) {  // free text in a recording, not a mistake in the command
    }
  }
}

void warn_about_time(const Options& options, const ExchangeOptions& exchange) {
  const bool wants_time = options.format == "acs" || options.format == "xapi";
  if (wants_time && exchange.started == ExchangeOptions{}.started)
    app::warn("the wall time of the begin is not known, so that times count from 1970; give --started");
}

int run(const Options& options, const app::Common& common) {
  app::require_distinct(options.input, options.output);
  std::optional<Playback> recording;
  if (app::is_recording(options.input)) recording = app::open_recording(options.input, options.identities);
  const auto policy = app::choose_policy(options.policy, recording);
  auto exchange = options.exchange;
  complete(exchange, options, recording);
  warn_about_time(options, exchange);
  const auto scored = score(recording ? recording->flags() : app::load_flags(options.input), policy);
  const auto out = app::open_output(options.output, common);
  app::write_text(*out, to_exchange(scored, formats.at(options.format), exchange));
  out->close();
  if (!recording || recording->damage().empty()) return app::Exit::done;
  app::warn(recording->damage() + "; exported is what is authentic");
  return app::Exit::damaged;
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  command.add_option("IN", options->input, "A recording, or flags as JSON lines")->required();
  app::add_identities(command, options->identities);
  command
      .add_option("--as", options->format,
                  "csv: a table; acs: 1EdTech Proctoring Services; edx: edX review; xapi: xAPI statements")
      ->required()
      ->check(CLI::IsMember({"csv", "acs", "edx", "xapi"}).description(""))
      ->type_name("csv|acs|edx|xapi");
  command.add_option("-o,--output", options->output, "Where to; default: standard output")->type_name("FILE");
  command.add_option("--policy", options->policy, "Give points with this policy")->type_name("P.toml");
  command.add_option("--started", options->started, "Wall time of the begin, like 2026-06-12T09:00:00Z")
      ->type_name("TIME");
  command.add_option("--issuer", options->exchange.issuer, "acs, xapi: who issued the candidate's name")
      ->type_name("URL");
  command.add_option("--user", options->exchange.user, "acs, xapi: the candidate, best a pseudonym");
  command.add_option("--exam", options->exchange.exam, "acs, xapi: the exam's id on the platform");
  command.add_option("--attempt", options->exchange.attempt, "acs, xapi: which attempt")
      ->check(CLI::Range(1, 1000000));
  app::teach(command,
             {{"export exam.tar -i key.txt --as csv -o flags.csv", "a table"},
              {"export flags.jsonl --as edx", "a review for edX, from flags that were written before"},
              {"export exam.tar -i key.txt --as acs --issuer https://lms.example --user s123",
               "requests for a 1EdTech platform, one a line"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{70, "export", "flags for spreadsheets and exam platforms", add};

}  // namespace
