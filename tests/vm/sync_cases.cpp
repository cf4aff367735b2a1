// Picture and sound in a recording, while the sound card's clock runs off.
//
// The picture turns white and the microphone hears a beep at the same moment, once a second. Pictures come
// every 100 ms, so a flash is seen up to that much later than it was; the moments wander through that time
// evenly, so that over 34 of them (a Fibonacci number) and more it is half a period in the middle, within 2
// ms.
#include "case.hpp"
#include "loudspeaker.hpp"
#include "machine.hpp"

#include <invigil/capture.hpp>
#include <invigil/idcard.hpp>
#include <invigil/playback.hpp>
#include <invigil/recording.hpp>
#include <invigil/session.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <optional>

#include <fmt/format.h>

namespace invigil::vm {

namespace {

using namespace std::chrono_literals;

constexpr double period = 0.1, lit = 0.3;
constexpr std::size_t window = 34;

/// The k-th moment after the begin.
double moment(int k) { return k + period * std::fmod(k * std::numbers::phi, 1.0); }

/// Whether it is bright and loud.
bool on(double t) {
  const int k = static_cast<int>(std::floor(t));
  return k >= 1 && t >= moment(k) && t < moment(k) + lit;
}

class FlashBeep {
 public:
  FlashBeep()
      : speaker_([this](double t) { return on(t - begin_) ? tone(t) : 0; }),
        flash_([this](const std::stop_token& stop) {
          for (int k = 1; !stop.stop_requested(); ++k) {
            show_from(moment(k), true);
            show_from(moment(k) + lit, false);
          }
        }) {}

 private:
  void show_from(double t, bool white) const {
    std::this_thread::sleep_for(std::chrono::duration<double>(begin_ + t - monotonic()));
    Vivid{0}.show(white);
  }
  const double begin_ = monotonic();
  Loudspeaker speaker_;
  std::jthread flash_;
};

/// What became of the microphone.
CaptureStatistics record(const std::filesystem::path& file, const Recipient& reader, Duration length) {
  const RecordingOptions options;
  Recording recording{create_file(file), {reader}, options};
  Session session;
  auto video = session.add(
      Camera{{.device = Vivid{0}.id(), .width = 320, .height = 180, .rate = 1 / period, .queue = 30}});
  video.via(KeepUnredacted{}).to(recording.video());
  Microphone microphone{{.device = "alsa:hw:Loopback,1,0"}};
  const auto monitor = microphone.monitor();
  session.add(std::move(microphone)).to(recording.audio());
  session.run_for(length);
  recording.close();
  return monitor->statistics();
}

std::vector<double> flashes(const Playback& playback) {
  std::vector<double> times;
  bool bright = true;
  for (const auto video = playback.video(); const auto frame = video->read({});) {
    const bool now = frame->image().luma().row(90)[160] > 128;
    if (now && !bright) times.push_back(seconds(frame->time()));
    bright = now;
  }
  return times;
}

std::vector<double> beeps(const Playback& playback) {
  std::vector<double> times;
  double loud = -1;
  for (const auto audio = playback.audio(); const auto block = audio->read({});) {
    const auto samples = block->channel(0);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      if (std::abs(samples[i]) < 0.1F) continue;
      const double t = seconds(block->time()) + double(i) / AudioBlock::rate;
      if (t - loud > 0.3) times.push_back(t);
      loud = t;
    }
  }
  return times;
}

struct Pair {
  double time = 0, skew = 0;  ///< Seconds; how much later it was heard than shown.
};

/// Half a period of the camera is set off.
std::vector<Pair> pairs(const std::vector<double>& shown, const std::vector<double>& heard) {
  std::vector<Pair> result;
  for (const double flash : shown) {
    const auto near = std::min_element(heard.begin(), heard.end(), [&](double a, double b) {
      return std::abs(a - flash) < std::abs(b - flash);
    });
    if (near != heard.end() && std::abs(*near - flash) < 0.45)
      result.push_back({flash, *near - flash + period / 2});
  }
  return result;
}

/// The median of every minute, or of as many pairs as come closest to one and make equal parts, at least two.
std::vector<Pair> medians(const std::vector<Pair>& all) {
  const auto parts = std::max<std::size_t>(2, (all.size() + 30) / 60);
  std::vector<Pair> result;
  for (std::size_t k = 0; k < parts; ++k) {
    std::vector<Pair> part(all.begin() + std::ptrdiff_t(all.size() * k / parts),
                           all.begin() + std::ptrdiff_t(all.size() * (k + 1) / parts));
    const double middle = (part.front().time + part.back().time) / 2;
    const auto median = part.begin() + std::ptrdiff_t(part.size() / 2);
    std::nth_element(part.begin(), median, part.end(),
                     [](const Pair& a, const Pair& b) { return a.skew < b.skew; });
    result.push_back({middle, median->skew});
  }
  return result;
}

/// Of the line that fits best, in seconds a second.
double slope(const std::vector<Pair>& points) {
  double t = 0, s = 0;
  for (const auto& p : points) t += p.time / double(points.size()), s += p.skew / double(points.size());
  double above = 0, below = 0;
  for (const auto& p : points) above += (p.time - t) * (p.skew - s), below += (p.time - t) * (p.time - t);
  return above / below;
}

void in_sync(Outcome& outcome, double ppm, std::chrono::seconds length) {
  Vivid{0}.show_no_text();
  Vivid{0}.show(false);
  shift_rate(ppm);
  const auto file = std::filesystem::temp_directory_path() / "sync.tar";
  const auto staff = Identity::generate();
  {
    const FlashBeep both;
    const auto counted = record(file, staff.recipient(), length);
    if (counted.lost_by_driver + counted.lost_in_queue + counted.absences > 0)
      outcome.note(fmt::format("{} overruns, {} lost in the queue, {} absences of the microphone",
                               counted.lost_by_driver, counted.lost_in_queue, counted.absences));
  }
  shift_rate(0);
  const Playback playback{open_file(file), {staff}};
  const auto shown = flashes(playback), heard = beeps(playback);
  const auto all = pairs(shown, heard);
  outcome.note(fmt::format("{} flashes, {} beeps", shown.size(), heard.size()));
  std::filesystem::remove(file);
  outcome.require(all.size() + 5 >= static_cast<std::size_t>(length.count()),
                  "a flash and a beep every second");
  if (all.size() < 2 * window) return outcome.require(false, "enough of them");
  const auto minutes = medians(all);
  std::string text;
  double largest = 0;
  for (const auto& m : minutes) {
    text += fmt::format(" {:.1f}", m.skew * 1e3);
    largest = std::max(largest, std::abs(m.skew));
  }
  const double drift = minutes.back().skew - minutes.front().skew;
  outcome.note(fmt::format("sound later by (medians, ms){}", text));
  outcome.require(largest <= 0.02, "each within 20 ms");
  outcome.require(std::abs(drift) <= 0.01, "steady within 10 ms");
  if (length < 5min) return;  // too short to tell a slope
  const double per_ten_minutes = slope(minutes) * 600;
  outcome.note(fmt::format("slope {:.1f} ms in 10 minutes", per_ten_minutes * 1e3));
  outcome.require(std::abs(per_ten_minutes) <= 0.01, "a slope of at most 10 ms in 10 minutes");
}

}  // namespace

std::vector<Case> sync_cases() {
  const auto run = [](double ppm, std::chrono::seconds length) {
    return [=](Outcome& outcome) { in_sync(outcome, ppm, length); };
  };
  return {
      {"sync: a clock 500 ppm fast, 80 s recorded", run(500, 80s), 160s},
      {"sync: a clock 500 ppm slow, 10 minutes recorded", run(-500, 600s), 900s, false},
  };
}

}  // namespace invigil::vm
