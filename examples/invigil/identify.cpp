// invigil identify: guides the candidate, keeps a redacted still of the document and a portrait.
#include "app.hpp"
#include "interrupt.hpp"

#include <invigil/capture.hpp>
#include <invigil/identify.hpp>
#include <invigil/media.hpp>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

using namespace invigil;
using Json = nlohmann::ordered_json;

struct Options {
  std::string camera = "default", input, to;
  int documents = 1;
  std::optional<Duration> limit;
};

Json as_json(const Identified& seen) {
  Json documents = Json::array();
  for (const auto& d : seen.documents)
    documents.push_back({{"document", to_string(d.type)},
                         {"numbers_concealed", d.numbers_concealed},
                         {"mrz_checks_passed", d.mrz_checks_passed},
                         {"mrz_checks", d.mrz_checks},
                         {"same_person", d.same_person ? Json(*d.same_person) : Json()}});
  return {{"documents", std::move(documents)},
          {"portrait", !seen.portrait.rgb.empty()},
          {"second_look", seen.second_look},
          {"compared_by", seen.compared_by},
          {"flag", Json::parse(to_json(seen.milestone))}};
}

/// Runs until all is seen, the input ends, the time is over or a signal comes.
std::shared_ptr<const Identified> guide(const Options& options, const app::Common& common,
                                        std::string& last) {
  std::unique_ptr<Source<RawFrame>> source;
  if (options.input.empty())
    source =
        std::make_unique<Camera>(CameraOptions{.device = options.camera == "default" ? "" : options.camera,
                                               .longest_absence = std::chrono::seconds{10}});
  else
    source = MediaFile{options.input}.video();
  Identify identify{{.documents = options.documents}};
  std::shared_ptr<const Identified> result;
  last = advice(Guidance::show_document);
  const auto take = [&](const IdentifyEvent& event) {
    if (event.identified) result = event.identified;
    last = advice(event.guidance);
    app::say(common, last);
  };
  std::stop_source stop;
  const app::OnInterrupt on_interrupt{[&] { stop.request_stop(); }};
  std::optional<Timestamp> first;
  while (!result) {
    auto frame = source->read(stop.get_token());
    if (!frame) break;
    if (!first) first = frame->time;
    if (options.limit && frame->time - *first > *options.limit) break;
    identify.process(std::move(*frame), take);
  }
  if (!result) identify.finish(take);
  return result;
}

int run(const Options& options, const app::Common& common) {
  if (!options.input.empty()) app::require_distinct(options.input, options.to);
  const auto out = app::open_output(options.to, common);
  std::string last;
  const auto seen = guide(options, common, last);
  if (!seen)
    throw Error(Errc::unsupported, options.input.empty() ? options.camera : options.input,
                fmt::format("no document was seen well enough to be kept; the last advice was: {}", last));
  write_png(sheet_of(*seen), *out);
  out->close();
  if (common.json)
    app::print(as_json(*seen).dump() + "\n");
  else
    app::say(common, fmt::format("{}: {}", options.to, seen->milestone.because));
  return app::Exit::done;
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  auto* camera =
      command.add_option("--camera", options->camera, "A camera; see `invigil devices`")->type_name("D");
  command.add_option("--input", options->input, "A film or a picture in place of a camera")
      ->type_name("FILE")
      ->excludes(camera);
  command.add_option("--to", options->to, "What is kept: the document, redacted, and the portrait")
      ->type_name("OUT.png")
      ->required();
  command
      .add_option("--documents", options->documents,
                  "1, or 2 for a statement of registration with a passport or identity card")
      ->check(CLI::Range(1, 2));
  app::add_duration(command, "--for", options->limit, "Give up after this long");
  app::teach(command, {{"identify --to id.png", "tells what to do, and ends when the document was read"},
                       {"identify --input shown.mp4 --to id.png --json",
                        "the same for a film, with the result for a script"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{15, "identify",
                                 "keep a redacted still of an identity document, and a portrait", add};

}  // namespace
