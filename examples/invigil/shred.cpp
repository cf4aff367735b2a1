// Destroys the keys of what need not be kept; the rest still verifies.
#include "app.hpp"
#include "change.hpp"
#include "keys.hpp"

#include <invigil/shred.hpp>

#include <map>

#include <fmt/format.h>

namespace {

struct Options {
  std::string input;
  std::vector<std::string> identities;
  app::Place place;
  bool keep_flagged = false, all = false;
  std::optional<invigil::Duration> pad;
  invigil::ShredOptions shred;
};

std::string spans_text(const std::vector<std::pair<invigil::Timestamp, invigil::Timestamp>>& spans) {
  std::string text;
  for (const auto& [begin, end] : spans)
    text += fmt::format("{}{:.1f}-{:.1f} s", text.empty() ? "" : ", ", invigil::seconds(begin),
                        invigil::seconds(end));
  return text.empty() ? "none" : text;
}

invigil::ShredReport shred(const Options& options, const app::Common& common) {
  auto wanted = options.shred;
  wanted.keep_flagged = !options.all;
  if (options.pad) wanted.pad = *options.pad;
  const auto identities = app::load_identities(options.identities);
  if (!options.all && identities.empty())
    throw invigil::Error(invigil::Errc::no_identity, options.input,
                         "its flags are encrypted; give the key that opens them with -i FILE");
  if (options.place.in_place) return invigil::shred_in_place(options.input, identities, wanted);
  app::require_distinct(options.input, options.place.output);
  const auto recording = invigil::open_file(options.input);
  const auto out = app::open_output(options.place.output, common);
  auto report = invigil::shred(*recording, identities, *out, wanted);
  out->close();
  return report;
}

int run(const Options& options, const app::Common& common) {
  const auto report = shred(options, common);
  if (common.json)
    app::print(invigil::to_json(report) + "\n");
  else
    app::say(common, fmt::format("{}: {} members shredded; {} segments kept: {}", options.input,
                                 report.shredded.size(), report.kept, spans_text(report.kept_spans)));
  return app::finished(options.input, report.damage, report.left_out);
}

void add_choice(CLI::App& command, Options& options) {
  auto* what = command.add_option_group("What to destroy", "One of these is needed");
  auto* flagged = what->add_flag("--keep-flagged", options.keep_flagged,
                                 "All media but what flags touch, from the keyframe before it");
  auto* all = what->add_flag("--all", options.all, "All media; flags, events and observations stay");
  what->require_option(1);
  const std::map<std::string, invigil::FlagKind> kinds{{"behaviour", invigil::FlagKind::behaviour},
                                                       {"technical", invigil::FlagKind::technical},
                                                       {"milestone", invigil::FlagKind::milestone}};
  command.add_option("--kinds", options.shred.kinds, "Only flags of these kinds keep (default: of all)")
      ->transform(CLI::CheckedTransformer(kinds).description(""))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->needs(flagged)
      ->type_name("behaviour|technical|milestone");
  app::add_duration(command, "--pad", options.pad, "Also keep this much around each flag (default: 10s)")
      ->needs(flagged);
  command
      .add_flag("--logs", options.shred.logs, "With --all: also destroy the keys of flags, consent, all else")
      ->needs(all);
  command.add_option("--why", options.shred.why, "The reason, kept in clear in the recording")
      ->type_name("TEXT");
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  command.add_option("REC", options->input, "A recording")->required()->type_name("FILE");
  app::add_identities(command, options->identities);
  add_choice(command, *options);
  app::add_place(command, options->place,
                 "Overwrite keys in REC itself; snapshots, backups and SSDs may keep what was there");
  app::teach(command, {{"shred exam.tar -i staff.key --keep-flagged --kinds behaviour -o kept.tar",
                        "keep what behaviour flags touch, 10 s around it"},
                       {"shred exam.tar --all --in-place --why \"retention: 30 days\"",
                        "destroy all media, keep the logs"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{64, "shred", "destroy the keys of what need not be kept", add};

}  // namespace
