// invigil score: analyses a media file or a recording, and tells what the score is made of.
#include "input.hpp"
#include "progress.hpp"

#include <invigil/examine.hpp>
#include <invigil/replay.hpp>
#include <invigil/review_list.hpp>
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
  bool kept = false;
  double budget = 0;  ///< Minutes an hour; 0 is none.
};

struct Result {
  Examination seen;
  Policy policy;
  Score score;
  std::vector<ToReview> review;
};

template <class T>
Duration length_of(const std::vector<Observation>& all) {
  std::optional<Timestamp> first, last;
  Duration step{};
  for (const auto& one : all) {
    const auto* seen = std::get_if<T>(&one);
    if (!seen) continue;
    if (!first) first = seen->time;
    if (last) step = seen->time - *last;
    last = seen->time;
  }
  return first ? *last - *first + step : Duration::zero();
}

/// Scores what was observed before, without a look at the pictures.
Examination again(std::vector<Observation> observations, std::vector<PlatformEvent> events,
                  const AnalysisOptions& options) {
  Examination seen;
  seen.flags = replay(observations, std::move(events), options);
  seen.video = length_of<PictureObservation>(observations);
  seen.audio = length_of<Speech>(observations);
  seen.observations = std::move(observations);
  return seen;
}

Examination again(const Playback& recording, std::vector<PlatformEvent> events, const Policy& policy) {
  auto seen = again(parse_observations(recording.observations(), "the recording's observations"),
                    events.empty() ? recording.events() : std::move(events),
                    {.policy = policy, .consent = recording.consent()});
  for (const auto& [begin, end] : recording.gaps()) seen.gaps += end - begin;
  seen.damage = recording.damage();
  return seen;
}

Examination examine_input(const Options& options, const std::optional<Playback>& recording,
                          std::vector<PlatformEvent> events, const Policy& policy) {
  if (recording)
    return options.kept ? again(*recording, std::move(events), policy)
                        : examine(*recording, std::move(events), policy);
  if (app::is_observations(options.input))
    return again(load_observations(options.input), std::move(events), {.policy = policy});
  MediaFile file{options.input};
  return examine(file, std::move(events), policy);
}

Result analyse_input(const Options& options) {
  const auto told = app::load_events(options.events);
  std::optional<Playback> recording;
  if (!app::is_observations(options.input) && app::is_recording(options.input))
    recording = app::open_recording(options.input, options.identities);
  if (options.kept && !recording)
    throw Error(Errc::argument, "--kept",
                "only a recording holds observations; give them as O.jsonl otherwise");
  Result result;
  result.policy = app::choose_policy(options.policy, recording);
  result.seen = examine_input(options, recording, told.events, result.policy);
  if (const auto gap = gap_of(told); gap && result.policy.of("gap").enabled)
    result.seen.flags.push_back(*gap);
  result.score = score(result.seen.flags, result.policy);
  if (options.budget > 0)
    result.review = review_list(result.score, {.minutes_per_hour = options.budget,
                                               .session = std::max(result.seen.video, result.seen.audio)});
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

std::string machine_readable(const Result& result, const Options& options) {
  Json all;
  all["score"] = result.score.value;
  all["level"] = to_string(result.score.level);
  all["because"] = Json::array();
  for (const auto& [flag, points] : result.score.because)
    all["because"].push_back(Json::parse(to_json(flag, points)));
  all["technical"] = Json::array();
  for (const auto& flag : result.score.technical) all["technical"].push_back(Json::parse(to_json(flag)));
  if (options.budget > 0) all["review"] = Json::array();
  for (const auto& clip : result.review) {
    const auto& [flag, points] = result.score.because[clip.index];
    all["review"].push_back({{"flag", flag.what},
                             {"begin", seconds(clip.begin)},
                             {"end", seconds(clip.end)},
                             {"points", points}});
  }
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
  return fmt::format("{:>7}  {:>8} - {:<8} {:<20} {}\n", points,
                     app::human_time(flag.begin.time_since_epoch()),
                     app::human_time(flag.end.time_since_epoch()), flag.what, flag.because);
}

std::string table(const Result& result) {
  const auto& [value, level, because, technical] = result.score;
  std::string text = fmt::format("score {:.2f}: {} (medium from {:g}, high from {:g})\n", value,
                                 to_string(level), result.policy.medium, result.policy.high);
  if (!because.empty()) text += "\n points  when                flag                 why\n";
  for (const auto& [flag, points] : because) text += row(fmt::format("{:.2f}", points), flag);
  if (!technical.empty()) text += "\nNot scored: what could not be seen, and milestones\n";
  for (const auto& flag : technical) text += row("", flag);
  return text;
}

std::string watch_list(const Result& result) {
  if (result.review.empty()) return {};
  std::string text = "\nTo watch first, in this order\n";
  for (const auto& clip : result.review) {
    const auto& [flag, points] = result.score.because[clip.index];
    text +=
        fmt::format("{:>7.2f}  {:>8} - {:<8} {}\n", points, app::human_time(clip.begin.time_since_epoch()),
                    app::human_time(clip.end.time_since_epoch()), flag.what);
  }
  return text;
}

bool is_picture(const Observation& seen) { return std::holds_alternative<PictureObservation>(seen); }

std::string human_readable(const Result& result) {
  const auto& seen = result.seen;
  std::string text = table(result) + watch_list(result);
  const auto pictures = std::count_if(seen.observations.begin(), seen.observations.end(), is_picture);
  text += fmt::format("\nanalysed    {:.1f} s of pictures ({} looked at), {:.1f} s of sound",
                      seconds(seen.video), pictures, seconds(seen.audio));
  text += seen.gaps > Duration::zero() ? fmt::format(", {:.1f} s missing\n", seconds(seen.gaps)) : "\n";
  for (const auto& [what, model] : seen.models) text += fmt::format("{:<11} {}\n", what, model);
  text += fmt::format("policy      {}\n", result.policy.digest());
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
  app::print(common.json ? machine_readable(result, options) : human_readable(result));
  if (result.seen.damage.empty()) return app::Exit::done;
  app::warn(result.seen.damage + "; scored is what came before");
  return app::Exit::damaged;
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  command
      .add_option("IN", options->input,
                  "A video, a still, sound, a recording, or observations that were kept (O.jsonl: nothing is "
                  "looked at again); - is standard input")
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
  command.add_flag("--kept", options->kept,
                   "Score the observations that the recording holds, without a look at its pictures");
  command
      .add_option("--budget", options->budget,
                  "Also list what to watch first, with at most this many minutes an hour of exam")
      ->type_name("MINUTES")
      ->check(CLI::Range(0.01, 60.0));
  app::teach(command, {{"score exam.mp4", "what would be flagged, and why"},
                       {"score exam.tar -i key.txt --json", "a recording, for a machine"},
                       {"score exam.tar -i key.txt --policy strict.toml", "the same with another policy"},
                       {"score exam.mp4 --flags f.jsonl --observations o.jsonl", "keep what it rests on"},
                       {"score o.jsonl --policy oral.toml", "score that again by another policy, at once"},
                       {"score exam.tar -i key.txt --budget 6", "which six minutes an hour to watch first"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{30, "score", "analyse a file or a recording: flags, score, reasons", add};

}  // namespace
