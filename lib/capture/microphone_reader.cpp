// The microphone reader: a thread that always takes what the driver has, and brings the microphone back when
// it is gone.
#include "capture/device_thread.hpp"
#include "capture/line_source.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace invigil::capture {

namespace {

using namespace std::chrono_literals;
using Wall = std::chrono::steady_clock;

constexpr std::size_t capacity = 500;  ///< Runs that wait for a slow reader: 10 s of 20 ms.
constexpr int channels = 1;
constexpr DeviceWords of_a_microphone{
    "microphone", "does not answer; unplug it and plug it in again, or restart the sound server",
    "opens but gives no sound; unplug it and plug it in again, or use another one",
    "what was heard before is there"};

struct Taken {
  Run run;
  Losses before;
};

class Ears final : public DeviceThread<Taken> {
 public:
  Ears(std::unique_ptr<SoundPort> port, const ListenOptions& wanted)
      : DeviceThread(of_a_microphone, fmt::format("microphone {}", port->name()),
                     std::make_shared<DeviceLog>(of_microphone)),
        options(wanted),
        port_(std::move(port)) {}

  const ListenOptions options;

 private:
  [[nodiscard]] std::string address() const override { return port_->name(); }
  [[nodiscard]] int open() override;
  void go_on() override;
  void close() override { node_.reset(); }
  Ended stream();
  [[nodiscard]] bool come_back();
  void push(Run run, std::uint64_t overruns);

  const std::unique_ptr<SoundPort> port_;
  std::unique_ptr<SoundNode> node_;  ///< The thread's, as all that follows.
  Clock::Moment heard_ = Wall::now();
  bool torn_ = true;
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
Ended Ears::stream() {
  auto last = Wall::now();
  bool begun = false;
  while (!is_closing()) {
    if (Wall::now() - last > (begun ? options.stall : options.begin)) return Ended::still;
    Run run;
    const int error = node_->take(run, slice);
    if (error == EAGAIN || error == EINTR) continue;
    if (error) return Ended::gone;
    last = Wall::now();
    begun = true;
    heard_ = last;
    log->back(run.begin);
    const std::uint64_t overruns = run.torn ? 1 : 0;
    run.torn = std::exchange(torn_, false) || run.torn;
    push(std::move(run), overruns);
  }
  return Ended::closing;
}

/// False when closing.
bool Ears::come_back() {
  node_.reset();
  torn_ = true;
  while (!is_closing()) {
    int error = 0;
    node_ = port_->open(error);
    if (node_) return true;
    if (is_closing(options.look)) break;
  }
  return false;
}

void Ears::go_on() {
  for (;;) {
    const auto ended = stream();
    if (ended == Ended::closing) return;
    log->away(heard_, ended == Ended::still ? "gave no sound" : "was unplugged");
    if (!come_back()) return;
  }
}

int Ears::open() {
  int error = 0;
  node_ = port_->open(error);
  return node_ ? 0 : error ? error : ENODEV;
}

class OwnMicrophone final : public LineSource {
 public:
  explicit OwnMicrophone(std::shared_ptr<Ears> ears)
      : LineSource(ears->name, channels), ears_(std::move(ears)) {
    Ears::start(ears_, ears_->options.open);
  }
  ~OwnMicrophone() override { ears_->end(); }
  OwnMicrophone(const OwnMicrophone&) = delete;
  OwnMicrophone& operator=(const OwnMicrophone&) = delete;

  [[nodiscard]] std::string name() const override { return ears_->name; }
  [[nodiscard]] std::shared_ptr<DeviceLog> log() const override { return ears_->log; }

 private:
  [[nodiscard]] bool hear(const std::stop_token& stop) override;
  /// Nothing once it is to stop.
  std::optional<Taken> next(const std::stop_token& stop);
  void take(Taken taken);
  void take_rest() {
    for (auto& taken : ears_->rest()) take(std::move(taken));
  }

  std::shared_ptr<Ears> ears_;
  Clock clock_;
  std::optional<Wall::time_point> first_read_;
  bool begun_ = false;      ///< Something was heard since the session began,
  bool listening_ = false;  ///< or so shortly before that it tells when.
};

bool OwnMicrophone::hear(const std::stop_token& stop) {
  clock_.start();
  if (!first_read_) first_read_ = Wall::now();
  try {
    if (auto taken = next(stop)) {
      take(std::move(*taken));
      return true;
    }
  } catch (...) {
    take_rest();
    throw;
  }
  take_rest();
  return false;
}

/// What came before the session is cut off by the line: the first timestamps of a device are not to be
/// trusted one by one.
void OwnMicrophone::take(Taken taken) {
  const Timestamp time = clock_.at(taken.run.begin);
  if (!listening_ && time < Timestamp{} - Anchor::settling) return;
  const bool first = !std::exchange(listening_, true);
  put(std::move(taken.run.sound), time, taken.run.torn || first);
  begun_ = begun_ || time >= Timestamp{};
  if (begun_) ears_->log->delivered(taken.before, time);
}

std::optional<Taken> OwnMicrophone::next(const std::stop_token& stop) {
  const auto& o = ears_->options;
  return ears_->next(stop, begun_,
                     [&] { ears_->check_presence(begun_, o.longest_absence, *first_read_, o.first_sound); });
}

}  // namespace

std::unique_ptr<MicrophoneSource> read_microphone(std::unique_ptr<SoundPort> port,
                                                  const ListenOptions& options) {
  return std::make_unique<OwnMicrophone>(std::make_shared<Ears>(std::move(port), options));
}

}  // namespace invigil::capture
