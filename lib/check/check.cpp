#include "check/judge.hpp"

#include <invigil/check.hpp>
#include <invigil/error.hpp>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

namespace invigil {

std::string_view to_string(CheckState state) noexcept {
  switch (state) {
    case CheckState::ok:
      return "ok";
    case CheckState::warn:
      return "warn";
    case CheckState::fail:
      return "fail";
  }
  return "unknown";
}

CheckState SystemCheckReport::state() const {
  auto worst = CheckState::ok;
  for (const auto& item : items) worst = std::max(worst, item.state);
  return worst;
}

std::string SystemCheckReport::to_json() const {
  using Json = nlohmann::ordered_json;
  auto list = Json::array();
  for (const auto& i : items) {
    Json line{{"item", i.name}, {"state", to_string(i.state)}, {"seen", i.seen}, {"advice", i.advice}};
    if (i.trouble) line["trouble"] = to_string(*i.trouble);
    line["values"] = i.values;
    list.push_back(std::move(line));
  }
  const Json report{{"state", to_string(state())}, {"items", std::move(list)}};
  // Names come from hardware and other programs, and may be in any encoding.
  return report.dump(-1, ' ', false, Json::error_handler_t::replace);
}

namespace {

std::optional<std::uint64_t> free_space(const std::filesystem::path& place) {
  std::error_code error;
  const auto space = std::filesystem::space(place, error);
  return error ? std::nullopt : std::optional<std::uint64_t>{space.available};
}

}  // namespace

SystemCheck::SystemCheck(SystemCheckOptions options) : options_(std::move(options)) {
  const auto bad = [](const char* what) { return Error(Errc::argument, "SystemCheck", what); };
  if (options_.length <= Duration{0} || options_.length > std::chrono::hours{24})
    throw bad("an exam is longer than nothing and at most a day long");
  if (options_.watch < std::chrono::seconds{1} || options_.watch > std::chrono::seconds{60})
    throw bad("it watches for 1 to 60 seconds");
  const auto& url = options_.upload;
  if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://"))
    throw bad("an address to send to begins with http:// or https://");
}

SystemCheckReport SystemCheck::run(std::stop_token stop) const {
  SystemCheckReport report;
  auto& items = report.items;
  const auto begin = std::chrono::steady_clock::now();
  const auto before = check::processes();
  const auto session = check::run_pipeline(options_, stop);
  const auto after = check::processes();
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (session.pictures) check::judge_pictures(*session.pictures, items);
  if (session.sound) check::judge_sound(*session.sound, items);
  check::judge_disk(options_.disk.string(), free_space(options_.disk), session.cost, options_.length, items);
  check::judge_cost(session.cost, std::thread::hardware_concurrency(), items);
  check::judge_processes(before, after, elapsed, items);
  check::judge_power(check::power(), options_.length, items);
  check::judge_clock(check::clock_is_kept(), items);
  check::judge_displays(check::displays(), items);
  if (!options_.upload.empty())
    check::judge_connection(check::try_connection(options_.upload, stop), session.cost, items);
  return report;
}

}  // namespace invigil
