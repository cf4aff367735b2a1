// Microphones: snd-aloop's card is silent, taken, or gone.
#include "case.hpp"
#include "loudspeaker.hpp"
#include "machine.hpp"

#include <invigil/capture.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <optional>
#include <thread>

#include <fmt/format.h>

namespace invigil::vm {

namespace {

using namespace std::chrono_literals;

MicrophoneOptions loopback() { return {.device = "alsa:hw:Loopback,1,0"}; }

struct Heard {
  double level = 0, torn = 0;  ///< The loudest sample; the longest hole between two blocks, in seconds.
  double begin = 0, end = 0;
  std::optional<DeviceTrouble> trouble;
};

/// Until stopped, or so many seconds of sound are there.
Heard listen(Microphone& microphone, double length, const std::stop_token& stop = {}) {
  Heard heard;
  try {
    while (const auto block = microphone.read(stop)) {
      const double time = seconds(block->time());
      if (heard.end > 0) heard.torn = std::max(heard.torn, std::abs(time - heard.end));
      if (heard.end == 0) heard.begin = time;
      heard.end = time + seconds(block->duration());
      for (const float x : block->channel(0)) heard.level = std::max(heard.level, double(std::abs(x)));
      if (heard.end - heard.begin >= length) break;
    }
  } catch (const DeviceError& error) {
    heard.trouble = error.trouble();
  }
  return heard;
}

void heard(Outcome& outcome) {
  const Loudspeaker speaker{tone};
  std::this_thread::sleep_for(300ms);
  Microphone microphone{loopback()};
  const auto begin = Wall::now();
  const auto sound = listen(microphone, 4);
  outcome.note(fmt::format("{:.2f} s in {:.2f} s, level {:.2f}, longest tear {:.1f} ms",
                           sound.end - sound.begin, since(begin), sound.level, sound.torn * 1e3));
  outcome.require(!sound.trouble && sound.level > 0.4, "the tone");
  outcome.require(sound.torn < 0.04, "unbroken");
}

void silent(Outcome& outcome) {
  Microphone microphone{loopback()};
  const auto sound = listen(microphone, 2);
  outcome.note(fmt::format("{:.2f} s of level {:.3f}", sound.end - sound.begin, sound.level));
  outcome.require(!sound.trouble && sound.end - sound.begin >= 2 && sound.level < 0.001,
                  "silence, and no error");
}

/// Listens until it is stopped.
class Listener {
 public:
  explicit Listener(const MicrophoneOptions& options)
      : microphone_(std::make_unique<Microphone>(options)),
        monitor_(microphone_->monitor()),
        flags_(microphone_->flags()),
        reader_([this](const std::stop_token& stop) { heard_ = listen(*microphone_, 1e9, stop); }) {}
  [[nodiscard]] std::optional<double> until_present(bool present) const {
    const auto begin = Wall::now();
    for (; monitor_->statistics().present != present; std::this_thread::sleep_for(1ms))
      if (since(begin) > 10) return std::nullopt;
    return since(begin);
  }
  /// Closes it, too; how long that took is added.
  Heard end(Outcome& outcome) {
    const auto begin = Wall::now();
    reader_.request_stop();
    reader_.join();
    microphone_.reset();
    outcome.note(fmt::format("stop {:.0f} ms", since(begin) * 1e3));
    outcome.require(since(begin) <= 1, "within a second");
    return heard_;
  }
  [[nodiscard]] std::optional<Flag> flag() { return flags_->read({}); }

 private:
  std::unique_ptr<Microphone> microphone_;
  std::shared_ptr<const CaptureMonitor> monitor_;
  std::unique_ptr<Source<Flag>> flags_;
  Heard heard_;
  std::jthread reader_;
};

void stops(Outcome& outcome) {
  Listener microphone{loopback()};
  std::this_thread::sleep_for(1500ms);
  outcome.require(!microphone.end(outcome).trouble, "no error");
}

void loss_seen(Outcome& outcome, const Listener& microphone) {
  const auto seen = microphone.until_present(false);
  outcome.note(seen ? fmt::format("loss seen after {:.0f} ms", *seen * 1e3) : "loss not seen");
  outcome.require(seen && *seen <= 0.3, "in time");
}

void taken_away(Outcome& outcome) {
  Listener microphone{loopback()};
  std::this_thread::sleep_for(2s);
  std::jthread hand([] { unbind("snd_aloop", "snd_aloop.0"); });  // returns once all have closed it
  loss_seen(outcome, microphone);
  hand.join();
  std::this_thread::sleep_for(1s);
  bind("snd_aloop", "snd_aloop.0");
  const auto back = microphone.until_present(true);
  outcome.note(back ? fmt::format("back after {:.0f} ms", *back * 1e3) : "not back");
  outcome.require(back && *back <= 3, "back in time");
  std::this_thread::sleep_for(2s);
  const auto sound = microphone.end(outcome);
  const auto flag = microphone.flag();
  outcome.note(fmt::format("hole {:.2f} s", sound.torn));
  outcome.require(!sound.trouble && sound.torn > 0.9, "a hole, and no error");
  outcome.require(flag && flag->what == "microphone_lost" &&
                      std::abs(seconds(flag->end - flag->begin) - sound.torn) < 0.3,
                  "a flag as long as the hole");
}

void taken_away_for_good(Outcome& outcome) {
  Listener microphone{loopback()};
  std::this_thread::sleep_for(1500ms);
  std::jthread hand([] { unbind("snd_aloop", "snd_aloop.0"); });
  loss_seen(outcome, microphone);
  const auto sound = microphone.end(outcome);
  outcome.require(sound.trouble == DeviceTrouble::lost, "lost");
  hand.join();
  bind("snd_aloop", "snd_aloop.0");
}

void refused(Outcome& outcome, const MicrophoneOptions& options, DeviceTrouble trouble) {
  const auto begin = Wall::now();
  try {
    const Microphone microphone{options};
    outcome.require(false, "refused");
  } catch (const DeviceError& error) {
    outcome.note(
        fmt::format("{} in {:.0f} ms: {}", to_string(error.trouble()), since(begin) * 1e3, error.what()));
    outcome.require(error.trouble() == trouble, std::string{to_string(trouble)});
  }
}

void busy(Outcome& outcome) {
  const Microphone first{loopback()};
  refused(outcome, loopback(), DeviceTrouble::busy);
}

}  // namespace

std::vector<Case> microphone_cases() {
  return {
      {"microphone: a tone, unbroken", heard},
      {"microphone: silent", silent},
      {"microphone: stopped", stops},
      {"microphone: its card taken away, and back", taken_away},
      {"microphone: its card taken away for good, stopped", taken_away_for_good},
      {"microphone: busy", busy},
      {"microphone: absent",
       [](Outcome& o) { refused(o, {.device = "alsa:hw:Nothing"}, DeviceTrouble::absent); }},
  };
}

}  // namespace invigil::vm
