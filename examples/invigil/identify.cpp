// invigil identify: guides the candidate, keeps a redacted still of the document and a portrait.
#include "app.hpp"
#include "interrupt.hpp"

#include <invigil/capture.hpp>
#include <invigil/identify.hpp>
#include <invigil/media.hpp>

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

using namespace invigil;
using Json = nlohmann::ordered_json;

struct Options {
  std::string camera = "default", to;
  std::vector<std::string> inputs;
  std::vector<Asked> documents{Asked::identity_document};
  Cover cover = Cover::all_but_portrait_and_name;
  bool driving_licence = false;
  std::optional<Duration> limit;
};

Json shown_in(const IdentifiedDocument& document) {
  Json shown = Json::array();
  for (const auto& s : document.shown)
    shown.push_back({{"what", to_string(s.what)}, {"box", {s.box.x, s.box.y, s.box.width, s.box.height}}});
  return shown;
}

Json as_json(const Identified& seen) {
  Json documents = Json::array();
  for (const auto& d : seen.documents)
    documents.push_back({{"document", to_string(d.type)},
                         {"shown", shown_in(d)},
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

/// Feeds the step, and remembers what it said last.
struct Step {
  Identify identify;
  const app::Common& common;
  std::shared_ptr<const Identified> result = nullptr;
  Guidance guidance = Guidance::show_document;

  void take(const IdentifyEvent& event) {
    if (event.identified) result = event.identified;
    guidance = event.guidance;
    app::say(common, std::string{advice(guidance)});
  }
  void show(RawFrame frame) {
    identify.process(std::move(frame), [&](const IdentifyEvent& event) { take(event); });
  }
  /// Whether it waits for something else to be shown than this picture.
  [[nodiscard]] bool turns_away() const {
    return guidance == Guidance::show_document || guidance == Guidance::show_other ||
           guidance == Guidance::show_face || guidance == Guidance::show_next ||
           guidance == Guidance::show_statement || guidance == Guidance::show_front;
  }
};

/// Runs until all is seen, the source ends, the limit is over or a signal comes. Returns the last frame's
/// time. A picture is shown as if it were held still for some seconds.
Timestamp show_all(Source<RawFrame>& source, Timestamp begin, std::optional<Duration> limit, Step& step,
                   std::stop_token stop) {
  constexpr auto between = std::chrono::milliseconds{125}, held = std::chrono::milliseconds{3000};
  std::optional<RawFrame> first;
  Timestamp now = begin;
  std::size_t count = 0;
  for (; !step.result; ++count) {
    auto frame = source.read(stop);
    if (!frame) break;
    if (!first) first = frame;
    now = begin + (frame->time - first->time);
    if (limit && now - begin > *limit) break;
    frame->time = now;
    step.show(std::move(*frame));
  }
  if (count != 1 || !first) return now;
  while (!step.result && now - begin < held && !step.turns_away()) {
    now += between;
    step.show({first->image, now, first->index});
  }
  return now;
}

std::shared_ptr<const Identified> guide(const Options& options, Step& step) {
  std::stop_source stop;
  const app::OnInterrupt on_interrupt{[&] { stop.request_stop(); }};
  if (options.inputs.empty()) {
    Camera camera{{.device = options.camera == "default" ? "" : options.camera,
                   .longest_absence = std::chrono::seconds{10}}};
    show_all(camera, Timestamp{}, options.limit, step, stop.get_token());
  }
  Timestamp begin{};
  for (const auto& input : options.inputs) {
    const auto source = MediaFile{input}.video();
    begin = show_all(*source, begin, options.limit, step, stop.get_token()) + std::chrono::seconds{2};
  }
  if (!step.result) step.identify.finish([&](const IdentifyEvent& event) { step.take(event); });
  return step.result;
}

int run(const Options& options, const app::Common& common) {
  for (const auto& input : options.inputs) app::require_distinct(input, options.to);
  const auto out = app::open_output(options.to, common);
  Step step{Identify{{.documents = options.documents,
                      .driving_licence = options.driving_licence,
                      .cover = options.cover}},
            common};
  const auto seen = guide(options, step);
  if (!seen)
    throw Error(Errc::unsupported, options.inputs.empty() ? options.camera : options.inputs.back(),
                fmt::format("no document was seen well enough to be kept; the last advice was: {}",
                            advice(step.guidance)));
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
  command
      .add_option("--input", options->inputs,
                  "A film or a picture in place of a camera; repeated: shown one after the other")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->excludes(camera);
  command.add_option("--to", options->to, "What is kept: the document, redacted, and the portrait")
      ->type_name("OUT.png")
      ->required();
  static const std::map<std::string, Asked> kinds{{"identity_document", Asked::identity_document},
                                                  {"statement", Asked::statement}};
  command
      .add_option(
          "--document", options->documents,
          "What is asked for: identity_document, or statement (of registration, an A4 page). Repeated, in "
          "the order in which they are shown; a statement needs an identity document beside it")
      ->type_name("KIND")
      ->allow_extra_args(false)
      ->transform(CLI::CheckedTransformer(kinds).description(""));
  static const std::map<std::string, Cover> covers{
      {"numbers", Cover::numbers},
      {"all_but_portrait_and_name", Cover::all_but_portrait_and_name},
      {"whole_document", Cover::whole_document}};
  command
      .add_option("--cover", options->cover,
                  "all_but_portrait_and_name (default), numbers (the same as yet) or whole_document")
      ->type_name("WHAT")
      ->transform(CLI::CheckedTransformer(covers).description(""));
  command.add_flag("--driving-licence", options->driving_licence,
                   "Keep one, too; else it is told to be another document");
  app::add_duration(command, "--for", options->limit, "Give up after this long");
  app::teach(command, {{"identify --to id.png", "tells what to do, and ends when the document was read"},
                       {"identify --input shown.mp4 --to id.png --json",
                        "the same for a film, with the result for a script"},
                       {"identify --document identity_document --document statement --to id.png",
                        "a passport or identity card, then a statement of registration"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{15, "identify",
                                 "keep a redacted still of an identity document, and a portrait", add};

}  // namespace
