// invigil review: the page on which a person judges.
#include "app.hpp"
#include "keys.hpp"

#include <invigil/playback.hpp>
#include <invigil/policy.hpp>
#include <invigil/review.hpp>

#include <filesystem>
#include <memory>

#include <fmt/format.h>

namespace {

struct Options {
  std::string recording;
  std::vector<std::string> identities;
  std::string report;
  std::string policy;
  std::string signer;
  std::string title;
};

std::string title_of(const Options& options) {
  return options.title.empty() ? std::filesystem::path{options.recording}.filename().string() : options.title;
}

/// What is wrong with it is on the page too, but a script must not have to read that.
int tell_state(const invigil::Verification& verification) {
  if (verification.state == invigil::RecordingState::whole &&
      verification.signer != invigil::SignerState::wrong)
    return app::Exit::done;
  app::warn(verification.message);
  return app::Exit::damaged;
}

int run(const Options& options, const app::Common& common) {
  const auto identities = app::load_identities(options.identities);
  invigil::ReportOptions report{.title = title_of(options)};
  if (!options.policy.empty()) report.policy = invigil::load_policy(options.policy);
  app::require_distinct(options.recording, options.report);
  const auto out = app::open_output(options.report, common);
  const auto verification =
      invigil::verify(*invigil::open_file(options.recording), app::load_signer(options.signer));
  const invigil::Playback playback{invigil::open_file(options.recording), identities};
  app::write_text(*out, invigil::render_report(playback, verification, report));
  out->close();
  if (common.json) {
    app::print(invigil::to_json(verification) + "\n");
  } else if (options.report != "-") {
    app::say(common, fmt::format("{}: open it in a browser", options.report));
  }
  return tell_state(verification);
}

app::Job add(CLI::App& command, const app::Common& common) {
  const auto options = std::make_shared<Options>();
  command.add_option("REC", options->recording, "A recording")->required();
  app::add_identities(command, options->identities)->required();
  command
      .add_option("--report", options->report,
                  "The page: one HTML file that needs nothing else; - for standard output")
      ->type_name("OUT.html")
      ->required();
  command.add_option("--policy", options->policy, "Score with this policy instead of the recorded one")
      ->type_name("P.toml");
  command
      .add_option("--signer", options->signer,
                  "The verifier key that record told (or the file of --signer-out): proves who wrote it")
      ->type_name("KEY|FILE");
  command.add_option("--title", options->title, "Shown at the top; the recording's name by default");
  app::teach(command,
             {{"review exam.tar -i staff.key --report exam.html", "a page with every flag, why, and a still"},
              {"review exam.tar -i staff.key --report milder.html --policy milder.toml",
               "the same recording, judged by another policy"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{40, "review", "the page on which a person judges: timeline, flags, stills",
                                 add};

}  // namespace
