// The camera reader: a thread that always takes what the driver has, and brings the camera back when it is
// gone.
#include "capture/camera_source.hpp"
#include "capture/device_thread.hpp"
#include "capture/frame_clock.hpp"
#include "capture/picture_decoder.hpp"

#include <invigil/freshness.hpp>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace invigil::capture {

namespace {

using namespace std::chrono_literals;
using Wall = std::chrono::steady_clock;

constexpr auto longest_patience = 8s;  ///< Between two restarts of a stream that stands still.
constexpr auto unasked = 500ms;        ///< Between two looks whether a camera is there again.
constexpr int most_failures = 10;      ///< Buffers in a row that the driver fails to hand out.
constexpr DeviceWords of_a_camera{
    "camera", "does not answer; unplug it and plug it in again, or use another one",
    "opens but gives no picture; unplug it and plug it in again, or use another one",
    "what was captured before is there"};

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

class Reader final : public DeviceThread<Taken> {
 public:
  Reader(std::unique_ptr<CameraPort> port, const ReaderOptions& wanted)
      : DeviceThread(of_a_camera, fmt::format("camera {}", port->name()),
                     std::make_shared<DeviceLog>(of_camera)),
        options(wanted),
        decoder(name),
        port_(std::move(port)),
        freshness_(wanted.queue) {}

  const ReaderOptions options;
  PictureDecoder decoder;

 private:
  [[nodiscard]] std::string address() const override { return port_->name(); }
  [[nodiscard]] int open() override;
  void go_on() override;
  void close() override { node_.reset(); }  // the light goes out
  Ended stream(Duration patience);
  [[nodiscard]] bool restart();
  [[nodiscard]] bool come_back();
  void put(const Filled& filled, FrameClock& clock, SequenceGaps& gaps);
  void push(Taken taken);
  void lose_oldest();
  void asked() override { freshness_.asked(queue.size()); }
  [[nodiscard]] Taken take() override;

  const std::unique_ptr<CameraPort> port_;
  std::unique_ptr<VideoNode> node_;  ///< The thread's, as all that follows.
  Losses losses_;                    ///< Since the last picture in the queue.
  Clock::Moment last_picture_ = Wall::now();
  bool broken_ = true;
  detail::Freshness freshness_;  ///< Of the queue, and guarded with it.
};

/// What was lost before it is said with the next.
void Reader::lose_oldest() {
  const auto oldest = std::move(queue.front());
  queue.pop_front();
  auto& next = queue.front();
  next.before.driver += oldest.before.driver;
  next.before.queue += oldest.before.queue + 1;
  next.before.damaged += oldest.before.damaged;
  next.broken = true;
  freshness_.lost();
}

void Reader::push(Taken taken) {
  {
    const std::lock_guard lock{mutex};
    queue.push_back(std::move(taken));
    if (queue.size() > options.queue) lose_oldest();
  }
  changed.notify_all();
}

Taken Reader::take() {
  while (queue.size() > 1 && freshness_.newest_alone()) lose_oldest();
  return DeviceThread::take();
}

void Reader::put(const Filled& filled, FrameClock& clock, SequenceGaps& gaps) {
  const auto arrival = Wall::now();
  const auto moment = clock.moment(filled.stamp, arrival);
  const auto lost = gaps.before(filled.sequence, arrival);
  losses_.driver += lost;
  broken_ = broken_ || lost > 0;
  log->back(moment);
  last_picture_ = moment;
  auto content = filled.damaged ? std::nullopt : decoder.take(node_->format(), filled.bytes);
  if (!content) {
    ++losses_.damaged;
    broken_ = true;
    return;
  }
  push({std::move(*content), node_->format().coding, moment, std::exchange(losses_, {}),
        std::exchange(broken_, false)});
}

/// Until there is nothing for so long.
Ended Reader::stream(Duration patience) {
  const Duration period = period_of(node_->format());
  FrameClock clock{period};
  SequenceGaps gaps{period};
  auto heard = Wall::now();
  bool begun = false;
  int failures = 0;
  while (!is_closing()) {
    const Duration usual = std::max<Duration>(options.stall, 5 * period);
    const auto left = heard + (begun ? usual : std::max<Duration>(usual, patience)) - Wall::now();
    if (left <= 0ms) return Ended::still;
    const auto event = node_->wait(
        std::min<std::chrono::milliseconds>(slice, std::chrono::ceil<std::chrono::milliseconds>(left)));
    if (event == VideoNode::Event::gone) return Ended::gone;
    if (event == VideoNode::Event::nothing) continue;
    Filled filled;
    const int error = node_->take(filled);
    if (error == EAGAIN || error == EINTR) continue;
    if (error == EIO && ++failures < most_failures) {  // one picture that the hardware could not finish
      ++losses_.damaged;
      broken_ = true;
      continue;
    }
    if (error) return Ended::gone;
    put(filled, clock, gaps);
    if (node_->give_back(filled)) return Ended::gone;
    heard = Wall::now();
    begun = true;
    failures = 0;
  }
  return Ended::closing;
}

/// A stream that stands still often runs again when it is stopped and started.
bool Reader::restart() {
  log->restarted();
  broken_ = true;
  return node_->stop() == 0 && node_->start() == 0;
}

/// False when closing.
bool Reader::come_back() {
  node_.reset();
  broken_ = true;
  // Asking opens every camera there is: only when one has come, and seldom without.
  auto asked = Wall::now() - unasked;
  while (!is_closing()) {
    if (!port_->await_change(slice) && Wall::now() - asked < unasked) continue;
    asked = Wall::now();
    int error = 0;
    node_ = port_->open(error);
    if (node_ && node_->start() == 0) return true;
    node_.reset();
  }
  return false;
}

void Reader::go_on() {
  auto patience = options.begin;
  for (int still = 0;;) {
    const auto picture_before = last_picture_;
    const auto ended = stream(patience);
    if (ended == Ended::closing) return;
    log->away(last_picture_, ended == Ended::still ? "gave no picture" : "was unplugged");
    const bool had_pictures = last_picture_ != picture_before;
    still = ended == Ended::still && !had_pictures ? still + 1 : 0;
    patience = still == 0 ? options.begin : std::min<Duration>(2 * patience, longest_patience);
    // Every second time that does not help it is opened anew.
    if (ended == Ended::still && still % 2 == 0 && restart()) continue;
    if (!come_back()) return;
  }
}

int Reader::open() {
  int error = 0;
  node_ = port_->open(error);
  if (node_ && (error = node_->start()) != 0) node_.reset();
  return node_ ? 0 : error ? error : ENODEV;
}

class OwnCamera final : public CameraSource {
 public:
  OwnCamera(std::unique_ptr<CameraPort> port, const ReaderOptions& options)
      : reader_(std::make_shared<Reader>(std::move(port), options)) {
    Reader::start(reader_, options.open);
  }
  ~OwnCamera() override { reader_->end(); }
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
  std::optional<Taken> next(const std::stop_token& stop);
  std::optional<RawFrame> picture(Taken taken, Timestamp time);

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

std::optional<Taken> OwnCamera::next(const std::stop_token& stop) {
  const auto& o = reader_->options;
  return reader_->next(stop, begun_, [&] {
    reader_->check_presence(begun_, o.longest_absence, *first_read_, o.first_picture);
  });
}

}  // namespace

std::unique_ptr<CameraSource> read_camera(std::unique_ptr<CameraPort> port, const ReaderOptions& options) {
  return std::make_unique<OwnCamera>(std::move(port), options);
}

}  // namespace invigil::capture
