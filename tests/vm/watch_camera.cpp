// What one camera gives, and what becomes of it: one JSON object at the end.
//   watch_camera DEVICE SECONDS [WIDTH HEIGHT RATE [QUEUE [SLOW_MS]]]
// Ages are from a picture's time to when it is read; SLOW_MS is slept after each.
#include <invigil/capture.hpp>
#include <invigil/error.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

using namespace invigil;
using Wall = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

double since(Wall::time_point begin) { return std::chrono::duration<double>(Wall::now() - begin).count(); }

double at(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(double(values.size()) * share))];
}

struct Seen {
  std::vector<double> steps, ages;
  double longest_hole = 0;
  int width = 0, height = 0, luma = 0;
  std::uint64_t last_index = 0;
};

/// Reads until it is told to stop.
void read(Camera& camera, const std::stop_token& stop, int slow_ms, Seen& seen) {
  const auto begin = Wall::now();  // session time begins with the first read
  double last = -1;
  while (const auto frame = camera.read(stop)) {
    const double time = seconds(frame->time);
    seen.ages.push_back(since(begin) - time);
    if (last >= 0) {
      seen.steps.push_back(time - last);
      seen.longest_hole = std::max(seen.longest_hole, time - last);
    }
    last = time;
    seen.width = frame->image.width();
    seen.height = frame->image.height();
    seen.luma = frame->image.luma().row(seen.height / 2)[seen.width / 2];
    seen.last_index = frame->index;
    std::this_thread::sleep_for(std::chrono::milliseconds{slow_ms});
  }
}

Json summary(const Seen& seen, const CaptureStatistics& s) {
  return {{"delivered", s.delivered},
          {"lost_by_driver", s.lost_by_driver},
          {"lost_in_queue", s.lost_in_queue},
          {"damaged", s.damaged},
          {"restarts", s.restarts},
          {"absences", s.absences},
          {"present", s.present},
          {"last_index", seen.last_index},
          {"width", seen.width},
          {"height", seen.height},
          {"luma", seen.luma},
          {"step_p50", at(seen.steps, 0.5)},
          {"step_p99", at(seen.steps, 0.99)},
          {"age_p50", at(seen.ages, 0.5)},
          {"age_p99", at(seen.ages, 0.99)},
          {"longest_hole", seen.longest_hole}};
}

Json watch(const CameraOptions& options, double limit, int slow_ms) {
  Seen seen;
  Json out, error = nullptr;
  Camera camera{options};
  const auto monitor = camera.monitor();
  const auto told = camera.flags();
  Wall::time_point stopped{};
  {
    std::stop_source stop;
    std::jthread timer([&](const std::stop_token& over) {
      const auto end = Wall::now() + std::chrono::duration<double>(limit);
      while (Wall::now() < end && !over.stop_requested())
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
      stopped = Wall::now();
      stop.request_stop();
    });
    try {
      read(camera, stop.get_token(), slow_ms, seen);
    } catch (const DeviceError& e) {
      error = {{"trouble", to_string(e.trouble())}, {"what", e.what()}};
    }
    timer.request_stop();
  }
  { const Camera closed = std::move(camera); }
  out = summary(seen, monitor->statistics());
  out["stop_s"] = since(stopped);
  out["error"] = error;
  out["flags"] = Json::array();
  while (const auto flag = told->read({})) out["flags"].push_back(Json::parse(to_json(*flag)));
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int i, double otherwise) { return argc > i ? std::atof(argv[i]) : otherwise; };
  try {
    if (argc < 3)
      throw Error(Errc::argument, argv[0], "DEVICE SECONDS [WIDTH HEIGHT RATE [QUEUE [SLOW_MS]]]");
    const CameraOptions options{.device = argv[1],
                                .width = static_cast<int>(number(3, 320)),
                                .height = static_cast<int>(number(4, 180)),
                                .rate = number(5, 10),
                                .queue = static_cast<std::size_t>(number(6, 8))};
    fmt::print("{}\n", watch(options, number(2, 1), static_cast<int>(number(7, 0))).dump());
  } catch (const DeviceError& e) {
    fmt::print("{}\n", Json{{"error", {{"trouble", to_string(e.trouble())}, {"what", e.what()}}}}.dump());
  } catch (const Error& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
  return 0;
}
