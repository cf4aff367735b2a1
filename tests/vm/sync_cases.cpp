// Picture and sound in a recording, while the sound card's clock runs off.
//
// The picture turns white and the microphone hears a beep at the same moment, once a second. Pictures come
// every 100 ms, so a flash is seen up to that much later than it was; the moments wander through that time
// evenly, so that over 34 of them (a Fibonacci number) it is half a period on average, within 2 ms.
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

void record(const std::filesystem::path& file, const Recipient& reader, Duration length) {
  const RecordingOptions options;
  Recording recording{create_file(file), {reader}, options};
  Session session;
  auto video = session.add(
      Camera{{.device = Vivid{0}.id(), .width = 320, .height = 180, .rate = 1 / period, .queue = 30}});
  video.via(KeepUnredacted{}).to(recording.video());
  session.add(Microphone{{.device = "alsa:hw:Loopback,1,0"}}).to(recording.audio());
  session.run_for(length);
  recording.close();
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

/// How much later than it was shown each moment was heard, half a period of the camera set off.
std::vector<double> skews(const Playback& playback) {
  const auto heard = beeps(playback);
  std::vector<double> result;
  for (const double flash : flashes(playback)) {
    const auto near = std::min_element(heard.begin(), heard.end(), [&](double a, double b) {
      return std::abs(a - flash) < std::abs(b - flash);
    });
    if (near != heard.end() && std::abs(*near - flash) < 0.45) result.push_back(*near - flash + period / 2);
  }
  return result;
}

double mean(auto begin, auto end) {
  double sum = 0;
  for (auto i = begin; i != end; ++i) sum += *i;
  return sum / double(end - begin);
}

void in_sync(Outcome& outcome, double ppm, std::chrono::seconds length) {
  Vivid{0}.show_no_text();
  Vivid{0}.show(false);
  shift_rate(ppm);
  const auto file = std::filesystem::temp_directory_path() / "sync.tar";
  const auto staff = Identity::generate();
  {
    const FlashBeep both;
    record(file, staff.recipient(), length);
  }
  shift_rate(0);
  const Playback playback{open_file(file), {staff}};
  const auto skew = skews(playback);
  std::filesystem::remove(file);
  outcome.require(skew.size() + 5 >= static_cast<std::size_t>(length.count()),
                  "a flash and a beep every second");
  outcome.note(fmt::format("{} pairs", skew.size()));
  if (skew.size() < 2 * window) return outcome.require(false, "enough of them");
  const auto n = static_cast<std::ptrdiff_t>(window);
  const double first = mean(skew.begin(), skew.begin() + n), last = mean(skew.end() - n, skew.end());
  outcome.note(fmt::format("sound later by {:.1f} ms at the beginning, {:.1f} ms at the end", first * 1e3,
                           last * 1e3));
  outcome.require(std::abs(last) <= 0.02, "within 20 ms");
  outcome.require(std::abs(last - first) <= 0.01, "steady within 10 ms");
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
