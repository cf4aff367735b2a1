// The check before the exam: what it makes of what it measures, what it measures, and that nothing hangs.
#include "check/judge.hpp"
#include "environment.hpp"
#include "loopback_server.hpp"
#include "support.hpp"

#include <invigil/check.hpp>
#include <invigil/error.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

constexpr auto ok = CheckState::ok;
constexpr auto warn = CheckState::warn;
constexpr auto fail = CheckState::fail;

const CheckItem& item(const check::Items& items, const std::string& name) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& i) { return i.name == name; });
  REQUIRE_MESSAGE(found != items.end(), name);
  // What is not fine says what to do, what is fine asks for nothing.
  CHECK(found->advice.empty() == (found->state == CheckState::ok));
  CHECK_FALSE(found->seen.empty());
  return *found;
}

PictureObservation look(float luma, float sharpness, std::size_t faces, float quality = 1) {
  PictureObservation o;
  o.picture.luma = luma;
  o.picture.sharpness = sharpness;
  o.faces.quality = quality;
  o.faces.faces.resize(faces);
  return o;
}

check::Pictures pictures(const PictureObservation& all) {
  check::Pictures p;
  p.device.name = "camera";
  p.width = 1280;
  p.height = 720;
  p.seconds = 5;
  p.counted.delivered = 151;
  p.observations.assign(25, all);
  return p;
}

CheckState of(const check::Pictures& p, const std::string& name) {
  check::Items items;
  check::judge_pictures(p, items);
  return item(items, name).state;
}

Speech heard(float level, float probability, float clipped = 0) {
  Speech s;
  s.level = level;
  s.probability = probability;
  s.clipped = clipped;
  return s;
}

CheckState of(const std::vector<Speech>& blocks, const std::string& name) {
  check::Items items;
  check::judge_sound({.device = {.name = "microphone"}, .blocks = blocks}, items);
  return item(items, name).state;
}

std::vector<Speech> talk(float loud, float quiet, float probability = 0.9F, float clipped = 0) {
  std::vector<Speech> blocks(80, heard(quiet, 0.01F, clipped));
  blocks.insert(blocks.end(), 76, heard(loud, probability, clipped));
  return blocks;
}

void put(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream{file} << text << '\n';
}

double since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string answer(const std::string& status) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
}

}  // namespace

TEST_CASE("a camera's picture is judged item by item") {
  const auto good = pictures(look(120, 200, 1));
  for (const char* name : {"camera", "camera_real", "resolution", "rate", "light", "sharpness", "face"}) {
    CAPTURE(name);
    CHECK(of(good, name) == ok);
  }
  auto p = good;
  p.device.seems_virtual = true;
  CHECK(of(p, "camera_real") == warn);
  p = good;
  p.height = 480;
  CHECK(of(p, "resolution") == warn);
  p.height = 240;
  CHECK(of(p, "resolution") == fail);
  p = good;
  p.counted.delivered = 51;
  CHECK(of(p, "rate") == warn);
  p.counted.delivered = 16;
  CHECK(of(p, "rate") == fail);
  p = good;
  p.counted.lost_by_driver = 30;
  CHECK(of(p, "rate") == warn);
  CHECK(of(pictures(look(40, 200, 1)), "light") == warn);
  CHECK(of(pictures(look(230, 200, 1)), "light") == warn);
  auto dark = look(10, 200, 1);
  dark.picture.state = PictureState::dark;
  CHECK(of(pictures(dark), "light") == fail);
  dark.picture.state = PictureState::covered;
  CHECK(of(pictures(dark), "light") == fail);
  CHECK(of(pictures(look(120, 20, 1)), "sharpness") == warn);
  CHECK(of(pictures(look(120, 4, 1)), "sharpness") == fail);
  CHECK(of(pictures(look(120, 200, 0)), "face") == fail);
  CHECK(of(pictures(look(120, 200, 2)), "face") == warn);
  // A detector that misses faces does not keep anybody from the exam.
  CHECK(of(pictures(look(120, 200, 0, fallback_quality)), "face") == warn);
  CHECK(of(pictures(look(120, 200, 0, 0)), "face") == warn);
}

TEST_CASE("a microphone's sound is judged item by item") {
  for (const char* name : {"microphone", "level", "noise", "clipping", "speech"}) {
    CAPTURE(name);
    CHECK(of(talk(-25, -60), name) == ok);
  }
  CHECK(of(talk(-120, -120, 0), "level") == fail);
  CHECK(of(talk(-70, -80), "level") == warn);
  CHECK(of(talk(-20, -30), "noise") == warn);
  CHECK(of(talk(-3, -60, 0.9F, 0.02F), "clipping") == warn);
  CHECK(of(talk(-25, -60, 0.1F), "speech") == warn);
  CHECK(of(talk(-25, -60, -1), "speech") == warn);
}

TEST_CASE("a device that cannot be had is said with its own advice") {
  check::Items items;
  check::judge_sound({.device = {.trouble = DeviceTrouble::busy, .why = "microphone X: is in use; close it"}},
                     items);
  const auto& microphone = item(items, "microphone");
  CHECK(items.size() == 1);
  CHECK(microphone.state == fail);
  CHECK(microphone.trouble == DeviceTrouble::busy);
  CHECK(microphone.seen == "microphone X: is in use");
  CHECK(microphone.advice == "close it");
}

TEST_CASE("disk, processors, power, clock and displays are judged") {
  const check::Cost cost{.cpu_seconds = 2, .media_seconds = 5, .bytes = 625'000, .seen = 100};  // 1 Mbit/s
  const auto of_disk = [&](std::optional<std::uint64_t> free) {
    check::Items items;
    check::judge_disk("/exam", free, cost, 80min, items);  // 0.6 GB
    return item(items, "disk").state;
  };
  CHECK(of_disk(2'000'000'000) == ok);
  CHECK(of_disk(1'000'000'000) == warn);
  CHECK(of_disk(700'000'000) == fail);
  CHECK(of_disk(std::nullopt) == fail);
  const auto of_cost = [](check::Cost c) {
    check::Items items;
    check::judge_cost(c, 2, items);
    return item(items, "cpu").state;
  };
  CHECK(of_cost(cost) == ok);
  auto busy = cost;
  busy.others_busy = 0.6;
  CHECK(of_cost(busy) == warn);
  busy.others_busy = 0.75;
  CHECK(of_cost(busy) == fail);
  busy = cost;
  busy.unseen = 40;
  CHECK(of_cost(busy) == fail);
  CHECK(of_cost({}) == warn);
  check::Items unmeasured;
  auto alone = cost;
  alone.others_busy = std::nullopt;
  check::judge_cost(alone, 2, unmeasured);
  CHECK(item(unmeasured, "cpu").seen.find("others") == std::string::npos);  // not told as none
  CHECK(item(unmeasured, "cpu").values.count("others_share") == 0);
  const auto of_power = [](check::Power p) {
    check::Items items;
    check::judge_power(p, 90min, items);
    return item(items, "power").state;
  };
  CHECK(of_power({}) == ok);
  CHECK(of_power({.on_battery = false, .charge = 0.1}) == ok);
  CHECK(of_power({.on_battery = true, .charge = 0.95}) == warn);
  CHECK(of_power({.on_battery = true, .charge = 0.4}) == fail);
  const auto of_displays = [](check::Displays d) {
    check::Items items;
    check::judge_displays(d, items);
    return item(items, "displays").state;
  };
  CHECK(of_displays({.connected = 1}) == ok);
  CHECK(of_displays({.connected = 2}) == warn);
  CHECK(of_displays({.connected = 1, .wayland = true}) == warn);
  CHECK(of_displays({}) == warn);
  for (const auto kept : {std::optional{true}, std::optional{false}, std::optional<bool>{}}) {
    check::Items items;
    check::judge_clock(kept, items);
    CHECK((item(items, "clock").state == ok) == kept.value_or(false));
  }
}

TEST_CASE("what the system tells is read, names with brackets and strange supplies included") {
  const TemporaryFolder root;
  put(root / "proc/stat", "cpu  100 0 50 800 50 0 0 0 7 0\ncpu0 1 1 1 1");
  put(root / "proc/12/stat", "12 (a) R 1) R 1 1 1 0 -1 0 0 0 0 0 300 100 0 0 20 0 1 0 5");
  put(root / "proc/13/stat", "nonsense");
  put(root / "proc/self/stat", "1 (no) R 1 1 1 0 -1 0 0 0 0 0 300 100");
  const auto busy = check::processors(root.path().string());
  REQUIRE(busy);
  CHECK(busy->busy_seconds / busy->all_seconds == doctest::Approx(0.15));
  const auto all = check::processes(root.path().string());
  REQUIRE(all.size() == 1);
  CHECK(all.front().id == 12);
  CHECK(all.front().name == "a) R 1");
  CHECK(all.front().cpu_seconds == doctest::Approx(4).epsilon(0.01));
  CHECK_FALSE(check::processors("/nonexistent"));
  check::Items items;
  check::judge_processes(all, {{12, "a", 6.5}, {99, "new", 0.1}}, 5, items);
  CHECK(item(items, "processes").state == warn);
  CHECK(item(items, "processes").seen.find("a (50 %") != std::string::npos);

  CHECK_FALSE(check::power(root.path().string()).charge);
  put(root / "sys/class/power_supply/AC/type", "Mains");
  put(root / "sys/class/power_supply/AC/online", "1");
  put(root / "sys/class/power_supply/mouse/type", "Battery");
  put(root / "sys/class/power_supply/mouse/scope", "Device");
  put(root / "sys/class/power_supply/mouse/capacity", "3");
  CHECK_FALSE(check::power(root.path().string()).charge);
  put(root / "sys/class/power_supply/BAT0/type", "Battery");
  put(root / "sys/class/power_supply/BAT0/capacity", "80");
  put(root / "sys/class/power_supply/BAT0/status", "Charging");
  CHECK(check::power(root.path().string()).charge == 0.8);
  CHECK_FALSE(check::power(root.path().string()).on_battery);
  put(root / "sys/class/power_supply/AC/online", "0");
  put(root / "sys/class/power_supply/BAT0/status", "Discharging");
  CHECK(check::power(root.path().string()).on_battery);

  put(root / "sys/class/drm/card0-eDP-1/status", "connected");
  put(root / "sys/class/drm/card0-HDMI-A-1/status", "disconnected");
  put(root / "sys/class/drm/card0-DP-1/status", "connected");
  CHECK(check::displays(root.path().string()).connected == 2);
}

TEST_CASE("a connection is timed both ways") {
  std::atomic<int> asked{0}, sent{0};
  const LoopbackServer server{[&](const std::string& request) {
    request.starts_with("POST") ? ++sent : ++asked;
    return answer("200 OK");
  }};
  const auto found = check::try_connection(server.url("/"), {});
  CHECK(asked == 10);
  CHECK(sent == 1);
  CHECK(found.round_trips.size() == 10);
  REQUIRE(found.bits_per_second);
  CHECK(*found.bits_per_second > 1e7);
  check::Items items;
  check::judge_connection(found, {}, items);
  CHECK(item(items, "connection").state == ok);
}

TEST_CASE("a server that refuses, loses or crawls is told apart from none") {
  const auto judged = [](const check::Connection& c) {
    check::Items items;
    check::judge_connection(c, {}, items);
    return item(items, "connection").state;
  };
  {
    const LoopbackServer server{[&](const std::string& request) {
      return answer(request.starts_with("POST") ? "405 Method Not Allowed" : "200 OK");
    }};
    const auto found = check::try_connection(server.url("/"), {});
    CHECK_FALSE(found.refused.empty());
    CHECK(found.bits_per_second);
    CHECK(judged(found) == warn);
  }
  {
    int n = 0;
    const LoopbackServer server{
        [&](const std::string&) { return ++n % 2 == 0 ? std::string{} : answer("200 OK"); }};
    const auto found = check::try_connection(server.url("/"), {});
    CHECK(found.round_trips.size() == 5);
    CHECK(found.asked == 10);
    CHECK(judged(found) == fail);
  }
  CHECK(judged({.round_trips = {0.1, 0.1}, .asked = 2, .bits_per_second = 5e5}) == fail);
  CHECK(judged({.round_trips = {0.1, 0.1}, .asked = 2, .bits_per_second = 1.5e6}) == warn);
  CHECK(judged({.round_trips = {0.1, 0.6, 0.1}, .asked = 3, .bits_per_second = 1e8}) == warn);
  const auto nobody = check::try_connection("http://127.0.0.1:9/", {});
  CHECK(nobody.round_trips.empty());
  CHECK(judged(nobody) == fail);
}

TEST_CASE("a server that takes a connection and never answers ends in time, and at once when stopped") {
  std::atomic<bool> over{false};
  const LoopbackServer server{[&](const std::string&) {
    while (!over) std::this_thread::sleep_for(10ms);
    return std::string{};
  }};
  auto begin = std::chrono::steady_clock::now();
  const auto found = check::try_connection(server.url("/"), {});
  CHECK(found.round_trips.empty());
  CHECK(since(begin) < 12);
  begin = std::chrono::steady_clock::now();
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(200ms);
    stop.request_stop();
  });
  static_cast<void>(check::try_connection(server.url("/"), stop.get_token()));
  CHECK(since(begin) < 2);
  over = true;
}

TEST_CASE("a check without any device says so, and all else all the same") {
  const Environment no_test_sources{"INVIGIL_TEST_SOURCES", ""};
  const Environment no_server{"PULSE_SERVER", "unix:/nonexistent/pulse"};
  const SystemCheck check{{.camera = "/dev/video63", .microphone = "no such", .watch = 1s}};
  const auto report = check.run();
  CHECK(report.state() == fail);
  CHECK(item(report.items, "camera").trouble == DeviceTrouble::absent);
  CHECK(item(report.items, "microphone").state == fail);
  CHECK(item(report.items, "cpu").values.at("own_share") > 0);
  for (const char* name : {"disk", "processes", "power", "clock", "displays"}) item(report.items, name);
  CHECK(report.to_json().find(R"("item":"camera","state":"fail")") != std::string::npos);
  const auto without = SystemCheck{{.camera = "none", .microphone = "none", .watch = 1s}}.run();
  for (const auto& i : without.items) CHECK_FALSE(i.trouble);
}

#ifdef INVIGIL_TEST_HOOKS
TEST_CASE("a check runs the real pipeline on the devices") {
  const Environment wanted{"INVIGIL_TEST_SOURCES", "1"};
  const auto report = SystemCheck{{.watch = 2s}}.run();
  for (const char* name : {"camera", "resolution", "light", "sharpness", "microphone", "level", "clipping"}) {
    CAPTURE(name);
    CHECK(item(report.items, name).state == ok);
  }
  CHECK(item(report.items, "rate").values.at("per_second") == doctest::Approx(30).epsilon(0.1));
  CHECK(item(report.items, "disk").values.at("bits_per_second") > 1e5);
  CHECK(item(report.items, "cpu").values.at("own_share") > 0.01);
}
#endif

TEST_CASE("wrong options of a check are named") {
  const auto code = [](SystemCheckOptions options) {
    try {
      const SystemCheck check{std::move(options)};
    } catch (const Error& e) {
      return e.code();
    }
    return Errc::closed;
  };
  CHECK(code({.length = 0s}) == Errc::argument);
  CHECK(code({.length = 25h}) == Errc::argument);
  CHECK(code({.watch = 100ms}) == Errc::argument);
  CHECK(code({.upload = "ftp://example.org"}) == Errc::argument);
}
