#include "base/text_file.hpp"
#include "base/text_lines.hpp"
#include "behaviour/start_flags.hpp"

#include <invigil/flag_events.hpp>
#include <invigil/flag_pictures.hpp>
#include <invigil/flag_sound.hpp>
#include <invigil/replay.hpp>

#include <algorithm>
#include <variant>

#include <fmt/format.h>

namespace invigil {

namespace {

/// Three hours are 80 MB.
constexpr std::size_t largest_file = std::size_t{1} << 30;

template <class T>
std::vector<T> of_kind(const std::vector<Observation>& all) {
  std::vector<T> some;
  for (const auto& one : all)
    if (const auto* seen = std::get_if<T>(&one)) some.push_back(*seen);
  std::stable_sort(some.begin(), some.end(), [](const T& a, const T& b) { return a.time < b.time; });
  return some;
}

template <class S>
void append(std::vector<Flag>& flags, S stage, std::vector<typename S::input_type> items) {
  if (items.empty()) return;  // as where there is no such input
  const auto more = run_stage(stage, std::move(items));
  flags.insert(flags.end(), more.begin(), more.end());
}

}  // namespace

// The order of the inputs is that of the merges in `analyse`, which decides between flags that end together.
std::vector<Flag> replay(const std::vector<Observation>& observations, std::vector<PlatformEvent> events,
                         const AnalysisOptions& options) {
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  auto flags = behaviour::flags_at_start(options);
  append(flags, FlagPictures{options.policy}, of_kind<PictureObservation>(observations));
  append(flags, FlagSound{options.policy}, of_kind<Speech>(observations));
  append(flags, FlagEvents{options.policy}, std::move(events));
  std::stable_sort(flags.begin(), flags.end(), [](const Flag& a, const Flag& b) { return a.end < b.end; });
  return flags;
}

std::vector<Observation> parse_observations(std::string_view text, std::string_view where) {
  std::vector<Observation> all;
  for (int number = 1; !text.empty(); ++number) {
    const auto line = take_line(text);
    if (!blank(line)) all.push_back(parse_observation(line, fmt::format("{}:{}", where, number)));
  }
  return all;
}

std::vector<Observation> load_observations(const std::filesystem::path& path) {
  return parse_observations(read_text_file(path, largest_file, Errc::bad_header), path.string());
}

}  // namespace invigil
