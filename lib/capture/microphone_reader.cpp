// The microphone reader: a thread that always takes what the driver has, and brings the microphone back when
// it is gone.
//
// A sound server can hold any call for ever, opening and closing too: as in camera_reader.cpp, the thread
// owns what it needs, nobody waits for it beyond a deadline, and one that is not back is left to itself.
#include "capture/device_error.hpp"
#include "capture/microphone_source.hpp"
#include "capture/sound_line.hpp"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace invigil::capture {

namespace {

using namespace std::chrono_literals;
using Wall = std::chrono::steady_clock;

constexpr auto slice = 100ms;             ///< How long it can take to notice that all is to end.
constexpr auto longest_farewell = 800ms;  ///< The rest of the second that `Source::read` promises is ours.
constexpr std::size_t capacity = 500;     ///< Runs that wait for a slow reader: 10 s of 20 ms.
constexpr int channels = 1;

struct Taken {
  Run run;
  Losses before;
};

struct Ears {
  Ears(std::unique_ptr<SoundPort> port_, const ListenOptions& options_)
      : port(std::move(port_)),
        options(options_),
        name(fmt::format("microphone {}", port->name())),
        log(std::make_shared<DeviceLog>(of_microphone)) {}

  const std::unique_ptr<SoundPort> port;
  const ListenOptions options;
  const std::string name;
  const std::shared_ptr<DeviceLog> log;
  std::unique_ptr<SoundNode> node;  ///< The thread's, as all that follows up to the mutex.
  Clock::Moment heard = Wall::now();
  bool torn = true;

  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<Taken> queue;
  std::exception_ptr failure;
  std::optional<int> opened;  ///< 0, or why not.
  bool closing = false, done = false;

  void run();
  void go_on();
  enum class Ended { closing, still, gone };
  Ended stream();
  [[nodiscard]] bool come_back();
  void push(Run run, std::uint64_t overruns);
  /// True when it is to end, at the latest after `at_most`.
  [[nodiscard]] bool is_closing(Duration at_most = {}) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, at_most, [&] { return closing; });
  }
};

void Ears::push(Run run, std::uint64_t overruns) {
  {
    const std::lock_guard lock{mutex};
    if (queue.size() >= capacity) {
      const auto oldest = queue.front().before;
      queue.pop_front();
      auto& next = queue.front();
      next.before.driver += oldest.driver;
      next.before.queue += oldest.queue + 1;
      next.run.torn = true;
    }
    queue.push_back({std::move(run), {.driver = overruns}});
  }
  changed.notify_all();
}

/// Until there is nothing for so long.
Ears::Ended Ears::stream() {
  auto last = Wall::now();
  bool begun = false;
  while (!is_closing()) {
    if (Wall::now() - last > (begun ? options.stall : options.begin)) return Ended::still;
    Run run;
    const int error = node->take(run, slice);
    if (error == EAGAIN || error == EINTR) continue;
    if (error) return Ended::gone;
    last = Wall::now();
    begun = true;
    heard = last;
    log->back(run.begin);
    const std::uint64_t overruns = run.torn ? 1 : 0;
    run.torn = std::exchange(torn, false) || run.torn;
    push(std::move(run), overruns);
  }
  return Ended::closing;
}

/// False when closing.
bool Ears::come_back() {
  node.reset();
  torn = true;
  while (!is_closing()) {
    int error = 0;
    node = port->open(error);
    if (node) return true;
    if (is_closing(options.look)) break;
  }
  return false;
}

void Ears::go_on() {
  for (;;) {
    const auto ended = stream();
    if (ended == Ended::closing) return;
    log->away(heard, ended == Ended::still ? "gave no sound" : "was unplugged");
    if (!come_back()) return;
  }
}

void Ears::run() {
  try {
    int error = 0;
    node = port->open(error);
    {
      const std::lock_guard lock{mutex};
      opened = node ? 0 : error;
    }
    changed.notify_all();
    if (node) go_on();
  } catch (...) {
    const std::lock_guard lock{mutex};
    failure = std::current_exception();
    if (!opened) opened = ENOMEM;
  }
  node.reset();
  const std::lock_guard lock{mutex};
  done = true;
  changed.notify_all();
}

class OwnMicrophone final : public MicrophoneSource {
 public:
  OwnMicrophone(std::unique_ptr<SoundPort> port, const ListenOptions& options)
      : ears_(std::make_shared<Ears>(std::move(port), options)), line_(ears_->name, channels) {
    std::thread([ears = ears_] { ears->run(); }).detach();
    std::unique_lock lock{ears_->mutex};
    if (!ears_->changed.wait_for(lock, options.open, [&] { return ears_->opened.has_value(); })) {
      ears_->closing = true;
      throw DeviceError(DeviceTrouble::failed, ears_->name,
                        "does not answer; unplug it and plug it in again, or restart the sound server");
    }
    if (*ears_->opened) throw device_error("microphone", ears_->port->name(), *ears_->opened);
  }
  ~OwnMicrophone() override {
    std::unique_lock lock{ears_->mutex};
    ears_->closing = true;
    ears_->changed.notify_all();
    ears_->changed.wait_for(lock, longest_farewell, [&] { return ears_->done; });
    lock.unlock();
    ears_->log->end();
  }
  OwnMicrophone(const OwnMicrophone&) = delete;
  OwnMicrophone& operator=(const OwnMicrophone&) = delete;

  std::optional<AudioBlock> read(std::stop_token stop) override {
    clock_.start();
    if (!first_read_) first_read_ = Wall::now();
    while (ready_.empty() || stop.stop_requested()) {
      auto taken = next(stop);
      if (!taken) return std::nullopt;
      hear(std::move(*taken));
    }
    auto block = std::move(ready_.front());
    ready_.pop_front();
    return block;
  }
  [[nodiscard]] std::string name() const override { return ears_->name; }
  [[nodiscard]] std::shared_ptr<DeviceLog> log() const override { return ears_->log; }

 private:
  /// Nothing once it is to stop.
  std::optional<Taken> next(const std::stop_token& stop);
  void hear(Taken taken);
  void check_presence() const;

  std::shared_ptr<Ears> ears_;
  SoundLine line_;
  Clock clock_;
  std::optional<Wall::time_point> first_read_;
  bool begun_ = false;
  std::deque<AudioBlock> ready_;
};

void OwnMicrophone::hear(Taken taken) {
  const Timestamp time = clock_.at(taken.run.begin);
  if (!begun_ && time < Timestamp{}) return;  // before the session
  const bool torn = taken.run.torn || !begun_;
  begun_ = true;
  ears_->log->delivered(taken.before, time);
  line_.push(std::move(taken.run.sound), time, torn,
             [this](AudioBlock b) { ready_.push_back(std::move(b)); });
}

/// Throws when the microphone has been away for too long, or never gave anything.
void OwnMicrophone::check_presence() const {
  const auto absence = ears_->log->absence();
  if (begun_ && absence && Wall::now() - absence->first > ears_->options.longest_absence)
    throw DeviceError(DeviceTrouble::lost, ears_->name,
                      absence->second + " and did not come back; plug it in again");
  if (!begun_ && Wall::now() - *first_read_ > ears_->options.first_sound)
    throw DeviceError(DeviceTrouble::failed, ears_->name,
                      "opens but gives no sound; unplug it and plug it in again, or use another one");
}

std::optional<Taken> OwnMicrophone::next(const std::stop_token& stop) {
  auto& e = *ears_;
  std::unique_lock lock{e.mutex};
  for (;;) {
    e.changed.wait_for(lock, stop, slice, [&] { return !e.queue.empty() || e.failure; });
    if (stop.stop_requested()) break;
    if (!e.queue.empty()) {
      auto taken = std::move(e.queue.front());
      e.queue.pop_front();
      return taken;
    }
    if (e.failure) std::rethrow_exception(e.failure);
    check_presence();
  }
  if (const auto absence = e.log->absence(); absence && begun_)
    throw DeviceError(DeviceTrouble::lost, e.name,
                      absence->second + " and did not come back; what was heard before is there");
  return std::nullopt;
}

}  // namespace

std::unique_ptr<MicrophoneSource> read_microphone(std::unique_ptr<SoundPort> port,
                                                  const ListenOptions& options) {
  return std::make_unique<OwnMicrophone>(std::move(port), options);
}

}  // namespace invigil::capture
