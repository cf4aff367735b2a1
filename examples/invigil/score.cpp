// invigil score: analyses a media file or a recording, and tells what the score is made of.
#include "input.hpp"
#include "progress.hpp"

#include <invigil/examine.hpp>
#include <invigil/score.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

using namespace invigil;
using Json = nlohmann::ordered_json;

struct Options {
  std::string input;
  std::vector<std::string> identities;
  std::string events, policy, observations, flags;
};

struct Result {
  Examination seen;
  Policy policy;
  Score score;
};

Result analyse_input(const Options& options) {
  auto events = options.events.empty() ? std::vector<PlatformEvent>{} : load_events(options.events);
  std::optional<Playback> recording;
  if (app::is_recording(options.input)) recording = app::open_recording(options.input, options.identities);
  Result result;
  result.policy = app::choose_policy(options.policy, recording);
  if (recording) {
    result.seen = examine(*recording, std::move(events), result.policy);
  } else {
    MediaFile file{options.input};
    result.seen = examine(file, std::move(events), result.policy);
  }
  result.score = score(result.seen.flags, result.policy);
  return result;
}

/// All flags with their points, in order of begin.
std::vector<Contribution> in_order(const Score& score) {
  auto all = score.because;
  for (const auto& flag : score.technical) all.push_back({flag, 0});
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.flag.begin < b.flag.begin; });
  return all;
}

void write_flags(ByteSink& out, const Score& score) {
  for (const auto& [flag, points] : in_order(score)) app::write_text(out, to_json(flag, points) + '\n');
  out.close();
}

void write_observations(ByteSink& out, const Examination& seen) {
  for (const auto& observation : seen.observations) app::write_text(out, to_json(observation) + '\n');
  out.close();
}

std::string machine_readable(const Result& result) {
  Json all;
  all["score"] = result.score.value;
  all["level"] = to_string(result.score.level);
  all["because"] = Json::array();
  for (const auto& [flag, points] : result.score.because)
    all["because"].push_back(Json::parse(to_json(flag, points)));
  all["technical"] = Json::array();
  for (const auto& flag : result.score.technical) all["technical"].push_back(Json::parse(to_json(flag)));
  all["analysed"] = {{"video_s", seconds(result.seen.video)},
                     {"audio_s", seconds(result.seen.audio)},
                     {"gaps_s", seconds(result.seen.gaps)}};
  all["policy"] = result.policy.digest();
  all["models"] = Json::object();
  for (const auto& [what, model] : result.seen.models) all["models"][what] = model;
  if (!result.seen.damage.empty()) all["damage"] = result.seen.damage;
  return all.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string row(const std::string& points, const Flag& flag) {
  return fmt::format("{:>7}  {:>8} - {:<8} {:<16} {}\n", points,
                     app::human_time(flag.begin.time_since_epoch()),
                     app::human_time(flag.end.time_since_epoch()), flag.what, flag.because);
}

std::string table(const Result& result) {
  const auto& [value, level, because, technical] = result.score;
  std::string text = fmt::format("score {:.2f}: {} (medium from {:g}, high from {:g})\n", value,
                                 to_string(level), result.policy.medium, result.policy.high);
  if (!because.empty()) text += "\n points  when                flag             why\n";
  for (const auto& [flag, points] : because) text += row(fmt::format("{:.2f}", points), flag);
  if (!technical.empty()) text += "\nNot scored: what could not be seen, and milestones\n";
  for (const auto& flag : technical) text += row("", flag);
  return text;
}

bool is_picture(const Observation& seen) { return std::holds_alternative<PictureObservation>(seen); }

std::string human_readable(const Result& result) {
  const auto& seen = result.seen;
  std::string text = table(result);
  const auto pictures = std::count_if(seen.observations.begin(), seen.observations.end(), is_picture);
  text += fmt::format("\nanalysed  {:.1f} s of pictures ({} looked at), {:.1f} s of sound",
                      seconds(seen.video), pictures, seconds(seen.audio));
  text += seen.gaps > Duration::zero() ? fmt::format(", {:.1f} s missing\n", seconds(seen.gaps)) : "\n";
  for (const auto& [what, model] : seen.models) text += fmt::format("{:<9} {}\n", what, model);
  text += fmt::format("policy    {}\n", result.policy.digest());
  text += "\nThe points say where to look first, not what to decide: a person judges.\n";
  return text;
}

int run(const Options& options, const app::Common& common) {
  for (const auto* output : {&options.observations, &options.flags})
    if (!output->empty()) app::require_distinct(options.input, *output);
  // Opened first: that they cannot be written must be known before the work, not after it.
  const auto observations =
      options.observations.empty() ? nullptr : app::open_output(options.observations, common);
  const auto flags = options.flags.empty() ? nullptr : app::open_output(options.flags, common);
  const auto result = analyse_input(options);
  if (observations) write_observations(*observations, result.seen);
  if (flags) write_flags(*flags, result.score);
  app::print(common.json ? machine_readable(result) : human_readable(result));
  if (result.seen.damage.empty()) return app::Exit::done;
  app::warn(result.seen.damage + "; scored is what came before");
  return app::Exit::damaged;
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  command.add_option("IN", options->input, "A video, a still, sound, or a recording; - is standard input")
      ->required();
  app::add_identities(command, options->identities);
  command
      .add_option("--events", options->events,
                  R"(What the exam page told: lines {"t":12.5,"event":"focus_lost","duration":3})")
      ->type_name("E.jsonl");
  command.add_option("--policy", options->policy, "What is flagged, from when on, and how it weighs")
      ->type_name("P.toml");
  command.add_option("--observations", options->observations, "Write what was seen and heard, a line each")
      ->type_name("O.jsonl");
  command.add_option("--flags", options->flags, "Write the flags with their points, a line each")
      ->type_name("F.jsonl");
  app::teach(command, {{"score exam.mp4", "what would be flagged, and why"},
                       {"score exam.tar -i key.txt --json", "a recording, for a machine"},
                       {"score exam.tar -i key.txt --policy strict.toml", "the same with another policy"},
                       {"score exam.mp4 --flags f.jsonl --observations o.jsonl", "keep what it rests on"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{30, "score", "analyse a file or a recording: flags, score, reasons", add};

}  // namespace
