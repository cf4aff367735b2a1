// Changes who can open a recording; what was recorded is not touched.
#include "app.hpp"
#include "change.hpp"
#include "keys.hpp"

#include <invigil/rewrap.hpp>

#include <fmt/format.h>

namespace {

struct Options {
  std::string input;
  std::vector<std::string> identities;
  app::RecipientOptions recipients;
  app::Place place;
  invigil::RewrapOptions rewrap;
};

invigil::RewrapReport rewrap(const Options& options, const app::Common& common) {
  const auto recipients = app::load_recipients(options.recipients);
  const auto identities = app::load_identities(options.identities);
  if (options.place.in_place)
    return invigil::rewrap_in_place(options.input, identities, recipients, options.rewrap);
  app::require_distinct(options.input, options.place.output);
  const auto recording = invigil::open_file(options.input);
  const auto out = app::open_output(options.place.output, common);
  auto report = invigil::rewrap(*recording, identities, recipients, *out, options.rewrap);
  out->close();
  return report;
}

int run(const Options& options, const app::Common& common) {
  const auto report = rewrap(options, common);
  if (common.json)
    app::print(invigil::to_json(report) + "\n");
  else
    app::say(common, fmt::format("{}: {} members given new recipients, {} are shredded", options.input,
                                 report.rewrapped.size(), report.shredded));
  if (!report.unchanged.empty() || report.strays > 0)
    app::warn(
        fmt::format("{} members and {} bytes that belong to none could not be changed; the old "
                    "recipients may still open them",
                    report.unchanged.size(), report.strays));
  const bool all = report.unchanged.empty() && report.strays == 0;
  const int status = app::finished(options.input, report.damage, report.left_out);
  return all ? status : app::Exit::damaged;
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  command.add_option("REC", options->input, "A recording")->required()->type_name("FILE");
  app::add_identities(command, options->identities)->required();
  app::add_recipients(command, options->recipients);
  app::add_place(command, options->place, "Replace REC once the new one is whole; the disk may keep the old");
  command.add_option("--why", options->rewrap.why, "The reason, kept in clear in the recording")
      ->type_name("TEXT");
  app::teach(command, {{"rewrap exam.tar -i staff.key -r age1... -o board.tar", "hand it to somebody else"},
                       {"rewrap exam.tar -i old.key -R staff.txt --in-place --why \"key rotation\"",
                        "the same file for other keys"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{67, "rewrap", "change who can open a recording", add};

}  // namespace
