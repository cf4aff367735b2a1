#include "base/json.hpp"
#include "base/text_file.hpp"
#include "base/text_lines.hpp"

#include <invigil/event.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace invigil {

namespace {

/// Names are shown to people and become flags; a longer one is a mistake.
constexpr std::size_t longest_name = 64;
/// 64 MiB hold half a million events: an exam has hundreds.
constexpr std::size_t largest_file = std::size_t{64} << 20;

}  // namespace

std::string to_json(const PlatformEvent& event) {
  json::Object object;
  object["t"] = seconds(event.time);
  object["event"] = event.event;
  if (event.duration > Duration::zero()) object["duration"] = seconds(event.duration);
  return json::line(object);
}

PlatformEvent parse_event(std::string_view line, std::string_view where) {
  const auto object = json::parse(line, where);
  const json::Fields fields{object, where};
  PlatformEvent event;
  event.time = fields.time("t");
  event.event = fields.text("event");
  if (event.event.empty() || event.event.size() > longest_name)
    fields.fail("event", fmt::format("is not a name of 1 to {} bytes", longest_name));
  event.duration = fields.duration_or("duration", Duration::zero());
  return event;
}

std::vector<PlatformEvent> load_events(const std::filesystem::path& path) {
  const auto text = read_text_file(path, largest_file, Errc::bad_header);
  std::vector<PlatformEvent> events;
  std::string_view rest = text;
  for (int number = 1; !rest.empty(); ++number) {
    const auto line = take_line(rest);
    if (!blank(line)) events.push_back(parse_event(line, fmt::format("{}:{}", path.string(), number)));
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  return events;
}

}  // namespace invigil
