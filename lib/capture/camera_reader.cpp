// The camera reader: a thread that always takes what the driver has, and brings the camera back when it is
// gone.
//
// Note [the thread may be left behind]: a broken driver can hold any call for ever, even the one that closes.
// So the thread owns what it needs and opens the camera, too; opening waits for it until a deadline, `read`
// only for the queue, and a thread that is not back a second after closing is left to itself.
#include "capture/camera_source.hpp"
#include "capture/device_error.hpp"
#include "capture/frame_clock.hpp"
#include "capture/picture_decoder.hpp"

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
constexpr auto longest_patience = 8s;     ///< Between two restarts of a stream that stands still.
constexpr auto unasked = 500ms;           ///< Between two looks whether a camera is there again.
constexpr int most_failures = 10;         ///< Buffers in a row that the driver fails to hand out.

struct Taken {
  Content content;
  StreamFormat::Coding coding{};
  Clock::Moment moment;
  Losses before;
  bool broken = false;  ///< A stream began with this one.
};

Duration period_of(const StreamFormat& format) {
  return format.rate > 0 ? duration_from_seconds(1 / format.rate) : Duration{33ms};
}

struct Reader {
  Reader(std::unique_ptr<CameraPort> port_, const ReaderOptions& options_)
      : port(std::move(port_)),
        options(options_),
        name(fmt::format("camera {}", port->name())),
        log(std::make_shared<DeviceLog>(of_camera)),
        decoder(name) {}

  std::unique_ptr<CameraPort> port;
  const ReaderOptions options;
  const std::string name;
  const std::shared_ptr<DeviceLog> log;
  PictureDecoder decoder;
  std::unique_ptr<VideoNode> node;  ///< The thread's, as all that follows up to the mutex.
  Losses losses;                    ///< Since the last picture in the queue.
  Clock::Moment last_picture = Wall::now();
  bool broken = true;

  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<Taken> queue;
  std::exception_ptr failure;
  std::optional<int> opened;  ///< 0, or why not.
  bool closing = false, done = false;

  void run();
  void open();
  void go_on();
  enum class Ended { closing, still, gone };
  Ended stream(Duration patience);
  [[nodiscard]] bool restart();
  [[nodiscard]] bool come_back();
  void put(const Filled& filled, FrameClock& clock, SequenceGaps& gaps);
  void push(Taken taken);
  [[nodiscard]] bool is_closing() {
    const std::lock_guard lock{mutex};
    return closing;
  }
};

/// A full queue loses its oldest; what was lost before that is said with the next.
void Reader::push(Taken taken) {
  {
    const std::lock_guard lock{mutex};
    if (queue.size() >= options.queue) {
      const auto oldest = std::move(queue.front());
      queue.pop_front();
      auto& next = queue.empty() ? taken : queue.front();
      next.before.driver += oldest.before.driver;
      next.before.queue += oldest.before.queue + 1;
      next.before.damaged += oldest.before.damaged;
      next.broken = true;
    }
    queue.push_back(std::move(taken));
  }
  changed.notify_all();
}

void Reader::put(const Filled& filled, FrameClock& clock, SequenceGaps& gaps) {
  const auto arrival = Wall::now();
  const auto moment = clock.moment(filled.stamp, arrival);
  const auto lost = gaps.before(filled.sequence, arrival);
  losses.driver += lost;
  broken = broken || lost > 0;
  log->back(moment);
  last_picture = moment;
  auto content = filled.damaged ? std::nullopt : decoder.take(node->format(), filled.bytes);
  if (!content) {
    ++losses.damaged;
    broken = true;
    return;
  }
  push({std::move(*content), node->format().coding, moment, std::exchange(losses, {}),
        std::exchange(broken, false)});
}

/// Until there is nothing for so long.
Reader::Ended Reader::stream(Duration patience) {
  const Duration period = period_of(node->format());
  FrameClock clock{period};
  SequenceGaps gaps{period};
  auto heard = Wall::now();
  bool begun = false;
  int failures = 0;
  while (!is_closing()) {
    const Duration usual = std::max<Duration>(options.stall, 5 * period);
    const auto left = heard + (begun ? usual : std::max<Duration>(usual, patience)) - Wall::now();
    if (left <= 0ms) return Ended::still;
    const auto event = node->wait(
        std::min<std::chrono::milliseconds>(slice, std::chrono::ceil<std::chrono::milliseconds>(left)));
    if (event == VideoNode::Event::gone) return Ended::gone;
    if (event == VideoNode::Event::nothing) continue;
    Filled filled;
    const int error = node->take(filled);
    if (error == EAGAIN || error == EINTR) continue;
    if (error == EIO && ++failures < most_failures) {  // one picture that the hardware could not finish
      ++losses.damaged;
      broken = true;
      continue;
    }
    if (error) return Ended::gone;
    put(filled, clock, gaps);
    if (node->give_back(filled)) return Ended::gone;
    heard = Wall::now();
    begun = true;
    failures = 0;
  }
  return Ended::closing;
}

/// A stream that stands still often runs again when it is stopped and started.
bool Reader::restart() {
  log->restarted();
  broken = true;
  return node->stop() == 0 && node->start() == 0;
}

/// False when closing.
bool Reader::come_back() {
  node.reset();
  broken = true;
  // Asking opens every camera there is: only when one has come, and seldom without.
  auto asked = Wall::now() - unasked;
  while (!is_closing()) {
    if (!port->await_change(slice) && Wall::now() - asked < unasked) continue;
    asked = Wall::now();
    int error = 0;
    node = port->open(error);
    if (node && node->start() == 0) return true;
    node.reset();
  }
  return false;
}

void Reader::go_on() {
  auto patience = options.begin;
  for (int still = 0;;) {
    const auto picture_before = last_picture;
    const auto ended = stream(patience);
    if (ended == Ended::closing) return;
    log->away(last_picture, ended == Ended::still ? "gave no picture" : "was unplugged");
    const bool had_pictures = last_picture != picture_before;
    still = ended == Ended::still && !had_pictures ? still + 1 : 0;
    patience = still == 0 ? options.begin : std::min<Duration>(2 * patience, longest_patience);
    // Every second time that does not help it is opened anew.
    if (ended == Ended::still && still % 2 == 0 && restart()) continue;
    if (!come_back()) return;
  }
}

void Reader::open() {
  int error = 0;
  node = port->open(error);
  if (node && (error = node->start()) != 0) node.reset();
  {
    const std::lock_guard lock{mutex};
    opened = node ? 0 : error;
  }
  changed.notify_all();
}

void Reader::run() {
  try {
    open();
    if (node) go_on();
  } catch (...) {
    const std::lock_guard lock{mutex};
    failure = std::current_exception();
    if (!opened) opened = ENOMEM;
  }
  node.reset();  // the light goes out
  const std::lock_guard lock{mutex};
  done = true;
  changed.notify_all();
}

class OwnCamera final : public CameraSource {
 public:
  OwnCamera(std::unique_ptr<CameraPort> port, const ReaderOptions& options)
      : reader_(std::make_shared<Reader>(std::move(port), options)) {
    std::thread([reader = reader_] { reader->run(); }).detach();
    std::unique_lock lock{reader_->mutex};
    if (!reader_->changed.wait_for(lock, options.open, [&] { return reader_->opened.has_value(); })) {
      reader_->closing = true;
      throw DeviceError(DeviceTrouble::failed, reader_->name,
                        "does not answer; unplug it and plug it in again, or use another one");
    }
    if (*reader_->opened) throw device_error("camera", reader_->port->name(), *reader_->opened);
  }
  ~OwnCamera() override {
    std::unique_lock lock{reader_->mutex};
    reader_->closing = true;
    reader_->changed.notify_all();
    reader_->changed.wait_for(lock, longest_farewell, [&] { return reader_->done; });
    lock.unlock();
    reader_->log->end();
  }
  OwnCamera(const OwnCamera&) = delete;
  OwnCamera& operator=(const OwnCamera&) = delete;

  std::optional<RawFrame> read(std::stop_token stop) override {
    clock_.start();
    if (!first_read_) first_read_ = Wall::now();
    while (auto taken = next(stop)) {
      const Timestamp time = clock_.at(taken->moment);
      if (!begun_ && time < Timestamp{}) continue;  // before the session
      if (auto frame = picture(std::move(*taken), time)) return frame;
    }
    return std::nullopt;
  }
  [[nodiscard]] std::string name() const override { return reader_->name; }
  [[nodiscard]] std::shared_ptr<DeviceLog> log() const override { return reader_->log; }

 private:
  /// Nothing once it is to stop.
  std::unique_ptr<Taken> next(const std::stop_token& stop);
  std::optional<RawFrame> picture(Taken taken, Timestamp time);
  void check_presence() const;

  std::shared_ptr<Reader> reader_;
  Clock clock_;
  std::optional<Wall::time_point> first_read_;
  bool begun_ = false;
  bool skipped_ = false;  ///< The picture before did not decode.
  Timestamp last_{};
  std::uint64_t index_ = 0;
};

std::optional<RawFrame> OwnCamera::picture(Taken taken, Timestamp time) {
  auto image = reader_->decoder.picture(taken.coding, std::move(taken.content), taken.broken || skipped_);
  skipped_ = !image;
  if (begun_) index_ += taken.before.sum();
  if (!image) {
    reader_->log->damaged(taken.before);
    if (begun_) ++index_;
    return std::nullopt;
  }
  begun_ = true;
  last_ = std::max(time, last_ + 1us);
  reader_->log->delivered(taken.before, last_);
  return RawFrame{std::move(*image), last_, index_++};
}

/// Throws when the camera has been away for too long, or never gave anything.
void OwnCamera::check_presence() const {
  const auto absence = reader_->log->absence();
  if (begun_ && absence && Wall::now() - absence->first > reader_->options.longest_absence)
    throw DeviceError(DeviceTrouble::lost, reader_->name,
                      absence->second + " and did not come back; plug it in again");
  if (!begun_ && Wall::now() - *first_read_ > reader_->options.first_picture)
    throw DeviceError(DeviceTrouble::failed, reader_->name,
                      "opens but gives no picture; unplug it and plug it in again, or use another one");
}

std::unique_ptr<Taken> OwnCamera::next(const std::stop_token& stop) {
  auto& r = *reader_;
  std::unique_lock lock{r.mutex};
  for (;;) {
    r.changed.wait_for(lock, stop, slice, [&] { return !r.queue.empty() || r.failure; });
    if (stop.stop_requested()) break;
    if (!r.queue.empty()) {
      auto taken = std::make_unique<Taken>(std::move(r.queue.front()));
      r.queue.pop_front();
      return taken;
    }
    if (r.failure) std::rethrow_exception(r.failure);
    check_presence();
  }
  if (const auto absence = r.log->absence(); absence && begun_)
    throw DeviceError(DeviceTrouble::lost, r.name,
                      absence->second + " and did not come back; what was captured before is there");
  return nullptr;
}

}  // namespace

std::unique_ptr<CameraSource> read_camera(std::unique_ptr<CameraPort> port, const ReaderOptions& options) {
  return std::make_unique<OwnCamera>(std::move(port), options);
}

}  // namespace invigil::capture
