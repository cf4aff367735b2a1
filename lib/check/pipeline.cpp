// The real pipeline for a few seconds, into nothing.
#include "check/measured.hpp"

#include <invigil/analysis.hpp>
#include <invigil/capture.hpp>
#include <invigil/crypto.hpp>
#include <invigil/error.hpp>
#include <invigil/idcard.hpp>
#include <invigil/media.hpp>
#include <invigil/recording.hpp>
#include <invigil/session.hpp>

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <sys/resource.h>

namespace invigil::check {

namespace {

using Wall = std::chrono::steady_clock;

class Nowhere final : public ByteSink {
 public:
  void write(std::span<const std::byte>) override {}
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto s = [](timeval t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return s(usage.ru_utime) + s(usage.ru_stime);
}

/// Sizes and times of all pictures that pass.
class Watch final : public Sink<Frame> {
 public:
  void write(Frame frame) override {
    if (count++ == 0) first = frame.time();
    last = frame.time();
    width = frame.image().width();
    height = frame.image().height();
  }
  std::uint64_t count = 0;
  Timestamp first{}, last{};
  int width = 0, height = 0;
};

void note(DeviceOutcome& outcome, const Error& error) {
  const auto* device = dynamic_cast<const DeviceError*>(&error);
  outcome.trouble = device ? device->trouble() : DeviceTrouble::failed;
  outcome.why = error.what();
}

template <class Open>
auto try_to_open(DeviceOutcome& outcome, Open open) -> decltype(open()) {
  try {
    auto device = open();
    outcome.name = device->name();
    return device;
  } catch (const Error& error) {
    note(outcome, error);
    return nullptr;
  }
}

/// What runs, and what is left of it.
class Pipeline {
 public:
  Pipeline() : recording_(std::make_unique<Nowhere>(), {Identity::generate().recipient()}) {}

  void pictures(std::unique_ptr<Source<RawFrame>> source) {
    frames_ = session_.add(std::move(source)).via(RedactIdCard{});
    frames_->buffered({.capacity = 15}).to(recording_.video());
    frames_->to(watch);
  }
  void sound(std::unique_ptr<Source<AudioBlock>> source) {
    blocks_ = session_.add(std::move(source));
    blocks_->to(recording_.audio());
  }
  /// What ended it early, if anything did. `live`: pictures that come too fast are not all looked at.
  [[nodiscard]] std::optional<DeviceError> run(Duration length, bool live, const std::stop_token& stop);

  Collect<Observation> seen;
  Watch watch;
  Cost cost;

 private:
  invigil::Session session_;
  Recording recording_;
  std::optional<Stream<Frame>> frames_;
  std::optional<Stream<AudioBlock>> blocks_;
};

std::optional<DeviceError> Pipeline::run(Duration length, bool live, const std::stop_token& stop) {
  auto analysis = analyse(session_, frames_, blocks_, std::nullopt, {.drop_when_late = live});
  analysis.observations.to(seen);
  std::optional<DeviceError> lost;
  const std::stop_callback end{stop, [&] { session_.stop(); }};
  const auto others = processors();
  const double cpu = cpu_seconds();
  const auto begin = Wall::now();
  try {
    session_.run_for(length);
  } catch (const DeviceError& error) {
    lost = error;
  }
  recording_.close();
  cost.cpu_seconds = cpu_seconds() - cpu;
  cost.wall_seconds = std::chrono::duration<double>(Wall::now() - begin).count();
  cost.media_seconds = std::max(seconds(watch.last - watch.first), 0.0);
  cost.bytes = recording_.statistics().bytes;
  for (const auto& wire : session_.statistics()) {
    cost.seen += wire.items;
    cost.unseen += wire.dropped;
  }
  if (const auto after = processors(); after && others && after->all_seconds > others->all_seconds)
    cost.others_busy = std::clamp((after->busy_seconds - others->busy_seconds - cost.cpu_seconds) /
                                      (after->all_seconds - others->all_seconds),
                                  0.0, 1.0);
  return lost;
}

/// Takes what the run left into what is said of each device.
void sort_out(const Pipeline& pipeline, Session& session) {
  for (const auto& observation : pipeline.seen.items) {
    if (const auto* picture = std::get_if<PictureObservation>(&observation); picture && session.pictures)
      session.pictures->observations.push_back(*picture);
    if (const auto* block = std::get_if<Speech>(&observation); block && session.sound)
      session.sound->blocks.push_back(*block);
  }
  if (!session.pictures) return;
  session.pictures->width = pipeline.watch.width;
  session.pictures->height = pipeline.watch.height;
  session.pictures->seconds = seconds(pipeline.watch.last - pipeline.watch.first);
}

/// What an exam would cost here, by a picture that nobody took.
Cost stand_in(Duration length, const std::stop_token& stop) {
  Pipeline pipeline;
  const auto graph = fmt::format("testsrc2=size=1280x720:rate=30:duration={}", seconds(length));
  pipeline.pictures(test_video(graph));
  static_cast<void>(pipeline.run(length, false, stop));
  pipeline.cost.stand_in = true;
  // Nothing was measured of others: it ran as fast as it could.
  pipeline.cost.others_busy = std::nullopt;
  return pipeline.cost;
}

}  // namespace

Session run_pipeline(const SystemCheckOptions& options, const std::stop_token& stop) {
  Session session;
  if (options.camera != "none") session.pictures.emplace();
  if (options.microphone != "none") session.sound.emplace();
  std::unique_ptr<Camera> camera;
  std::unique_ptr<Microphone> microphone;
  if (session.pictures)
    camera = try_to_open(session.pictures->device, [&] {
      return std::make_unique<Camera>(
          CameraOptions{.device = options.camera, .longest_absence = std::chrono::seconds{3}});
    });
  if (session.sound)
    microphone = try_to_open(session.sound->device, [&] {
      return std::make_unique<Microphone>(
          MicrophoneOptions{.device = options.microphone, .longest_absence = std::chrono::seconds{3}});
    });
  const bool seen = camera != nullptr;
  std::shared_ptr<const CaptureMonitor> monitor;
  if (camera || microphone) {
    Pipeline pipeline;
    if (camera) monitor = camera->monitor();
    if (camera) session.pictures->device.seems_virtual = monitor->statistics().seems_virtual;
    if (camera) pipeline.pictures(std::move(camera));
    if (microphone) pipeline.sound(std::move(microphone));
    const auto lost = pipeline.run(options.watch, true, stop);
    if (lost)
      note((seen && !monitor->statistics().present) || !session.sound ? session.pictures->device
                                                                      : session.sound->device,
           *lost);
    sort_out(pipeline, session);
    session.cost = pipeline.cost;
  }
  if (monitor) session.pictures->counted = monitor->statistics();
  if (!seen || session.cost.media_seconds < 1) session.cost = stand_in(options.watch, stop);
  return session;
}

}  // namespace invigil::check
