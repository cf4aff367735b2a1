// Cameras: vivid fails, and the library says so, waits, or goes on.
#include "machine.hpp"
#include "watched.hpp"

#include <invigil/error.hpp>

#include <cmath>

#include <fmt/format.h>
#include <unistd.h>

namespace invigil::vm {

namespace {

using namespace std::chrono_literals;

// The metrics are those of real machines. This one is emulated, on processors that others use too, so that
// moments are held against three times as much; `run` prints what they were.
constexpr double slack = 3;
constexpr double unplug_seen = 0.1 * slack, stall_seen = 0.6 * slack, back = 1 * slack, stop = 1;

CameraOptions small(double rate = 10, std::size_t queue = 30) {
  return {.device = Vivid{0}.id(), .width = 320, .height = 180, .rate = rate, .queue = queue};
}

std::string ms(double s) { return fmt::format("{:.0f} ms", s * 1e3); }

void stopped(Outcome& outcome, const Watch& watch) {
  outcome.note("stop " + ms(watch.stopped_after));
  outcome.require(watch.stopped_after <= stop, "within a second");
}

void none_lost(Outcome& outcome, const Watch& watch) {
  const auto& c = watch.counted;
  outcome.note(fmt::format("lost {} + {} + {}", c.lost_by_driver, c.lost_in_queue, c.damaged));
  outcome.require(c.lost_by_driver + c.lost_in_queue + c.damaged == 0, "without a loss");
  outcome.require(c.absences == 0, "without an absence");
}

/// All pictures have the wanted size, later times and higher indices than the one before.
void in_order(Outcome& outcome, const Watch& watch) {
  bool sized = !watch.seen.empty(), ordered = true;
  for (std::size_t i = 0; i < watch.seen.size(); ++i) {
    const auto& picture = watch.seen[i];
    sized = sized && picture.width == 320 && picture.height == 180;
    ordered = ordered &&
              (i == 0 || (picture.time > watch.seen[i - 1].time && picture.index > watch.seen[i - 1].index));
  }
  outcome.require(sized, "320x180");
  outcome.require(ordered, "in order");
}

/// It was away once, from the last picture to the next, and a flag says so.
void one_absence(Outcome& outcome, const Watch& watch) {
  const auto steps = watch.steps();
  const double hole = quantile(steps, 1);
  const auto* flag = watch.flag("camera_lost");
  outcome.note(fmt::format("hole {:.2f} s", hole));
  outcome.require(watch.counted.absences == 1, "one absence");
  outcome.require(flag && std::abs(seconds(flag->end - flag->begin) - hole) < 0.2,
                  "a flag as long as the hole");
  outcome.require(!watch.trouble, "no error");
}

void away(Outcome& outcome, const Watched& camera, double limit) {
  const auto seen = camera.until_present(false);
  outcome.note(seen ? "loss seen after " + ms(*seen) : "loss not seen");
  outcome.require(seen && *seen <= limit, "in time");
}

void returned(Outcome& outcome, Watched& camera, double limit) {
  const auto begin = Wall::now();
  const bool seen = camera.until_present(true) && camera.more(1);
  outcome.note(seen ? "back after " + ms(since(begin)) : "not back");
  outcome.require(seen && since(begin) <= limit, "back in time");
}

template <class Action>
std::optional<DeviceError> error_of(Action action) {
  try {
    action();
  } catch (const DeviceError& error) {
    return error;
  }
  return std::nullopt;
}

void refused(Outcome& outcome, const CameraOptions& options, DeviceTrouble trouble) {
  const auto begin = Wall::now();
  const auto error = error_of([&] { const Camera camera{options}; });
  outcome.note(error
                   ? fmt::format("{} in {}: {}", to_string(error->trouble()), ms(since(begin)), error->what())
                   : "opened");
  outcome.require(error && error->trouble() == trouble, std::string{to_string(trouble)});
}

void steady(Outcome& outcome) {
  Watched camera{small()};
  outcome.require(camera.more(40), "40 pictures");
  const auto watch = camera.end();
  const double p99 = quantile(watch.steps(), 0.99);
  outcome.note(fmt::format("{} pictures, step p50 {}, p99 {}", watch.seen.size(),
                           ms(quantile(watch.steps(), 0.5)), ms(p99)));
  outcome.require(std::abs(quantile(watch.steps(), 0.5) - 0.1) < 0.01, "10 a second");
  outcome.require(p99 <= 0.15, "1.5 periods");
  none_lost(outcome, watch);
  in_order(outcome, watch);
  stopped(outcome, watch);
}

/// Delivered and lost are as many as the time from the first to the last holds, but for `off`.
void all_counted(Outcome& outcome, const Watch& watch, double rate, std::int64_t off = 0) {
  const auto made = std::lround((watch.seen.back().time - watch.seen.front().time) * rate) + 1;
  const auto delivered = watch.counted.delivered, lost = watch.counted.lost_by_driver;
  outcome.note(fmt::format("{} delivered + {} lost of {} that the time holds", delivered, lost, made));
  outcome.require(watch.seen.back().index + 1 == delivered + lost, "all counted");
  outcome.require(std::abs(std::int64_t(delivered + lost) - made) <= off, "exactly");
}

void dropped(Outcome& outcome) {
  Watched camera{small(30, 300)};
  Vivid{0}.drop(20);
  outcome.require(camera.more(100, 20), "100 pictures");
  Vivid{0}.drop(0);
  const auto watch = camera.end();
  all_counted(outcome, watch, 30);
  const double share = double(watch.counted.lost_by_driver) / double(watch.seen.back().index + 1);
  outcome.require(share > 0.08 && share < 0.35, "about a fifth");
  outcome.require(watch.flag("frames_dropped") != nullptr, "a flag");
  in_order(outcome, watch);
}

void unplugged(Outcome& outcome) {
  Watched camera{small(30)};
  outcome.require(camera.more(30), "30 pictures");
  {
    const Other keeps_it_away{Vivid{0}.node()};
    Vivid{0}.disconnect();
    away(outcome, camera, unplug_seen);
    std::this_thread::sleep_for(1s);
    outcome.require(!camera.counted().present, "away");
  }
  returned(outcome, camera, back);
  outcome.require(camera.more(30), "30 more");
  const auto watch = camera.end();
  one_absence(outcome, watch);
  in_order(outcome, watch);
  stopped(outcome, watch);
}

void driver_gone(Outcome& outcome) {
  Watched camera{small(30)};
  outcome.require(camera.more(30), "30 pictures");
  take_cameras_away();
  away(outcome, camera, unplug_seen);
  std::this_thread::sleep_for(1s);
  bring_cameras_back();
  returned(outcome, camera, back);
  const auto watch = camera.end();
  one_absence(outcome, watch);
  in_order(outcome, watch);
}

void unplugged_for_good(Outcome& outcome) {
  Watched camera{small(30)};
  outcome.require(camera.more(10), "10 pictures");
  take_cameras_away();
  away(outcome, camera, unplug_seen);
  const auto watch = camera.end();
  outcome.require(watch.trouble == DeviceTrouble::lost, "lost");
  stopped(outcome, watch);
}

void away_for_too_long(Outcome& outcome) {
  auto options = small(30);
  options.longest_absence = 1500ms;
  Camera camera{options};
  for (int i = 0; i < 10; ++i) static_cast<void>(camera.read({}));
  take_cameras_away();
  const auto begin = Wall::now();
  const auto error = error_of([&] {
    while (camera.read({})) {
    }
  });
  outcome.note(fmt::format("{} after {}", error ? to_string(error->trouble()) : "nothing", ms(since(begin))));
  outcome.require(error && error->trouble() == DeviceTrouble::lost && since(begin) < 1.5 + slack * 0.3,
                  "lost in time");
}

/// Another camera of the same kind is there while it is away, and then sits on the node where it was.
void another_on_its_node(Outcome& outcome) {
  const Vivid own{0}, other{1};
  const auto node = own.node();
  Watched camera{small(30)};
  outcome.require(camera.more(10), "10 pictures");
  {
    const Other keeps_it_away{node};
    own.disconnect();
    away(outcome, camera, unplug_seen);
    std::this_thread::sleep_for(1500ms);
    outcome.require(!camera.counted().present, "the other is not taken");
    take_cameras_away();
  }
  node == "/dev/video0" ? bring_cameras_back(1, 0) : bring_cameras_back(0, 1);
  outcome.require(other.node() == node, "the other is on " + node);
  returned(outcome, camera, back);
  outcome.note("the other on " + other.node() + ", its own on " + own.node());
  outcome.require(own.open_here() && !other.open_here(), "its own is read");
  one_absence(outcome, camera.end());
}

void frozen(Outcome& outcome) {
  Watched camera{small(10)};
  outcome.require(camera.more(15), "15 pictures");
  Vivid{0}.drop(100);
  away(outcome, camera, stall_seen);
  std::this_thread::sleep_for(1s);
  Vivid{0}.drop(0);
  returned(outcome, camera, back);
  const auto watch = camera.end();
  outcome.note(fmt::format("{} restarts", watch.counted.restarts));
  outcome.require(watch.counted.restarts > 0, "restarted");
  one_absence(outcome, watch);
  in_order(outcome, watch);
  stopped(outcome, watch);
}

void frozen_for_good(Outcome& outcome) {
  Watched camera{small(10)};
  outcome.require(camera.more(5), "5 pictures");
  Vivid{0}.drop(100);
  away(outcome, camera, stall_seen);
  const auto watch = camera.end();
  outcome.require(watch.trouble == DeviceTrouble::lost, "lost");
  outcome.require(watch.flag("camera_lost") != nullptr, "a flag");
  stopped(outcome, watch);
}

void never_a_picture(Outcome& outcome) {
  Vivid{0}.drop(100);
  Camera camera{small(10)};
  const auto begin = Wall::now();
  const auto error = error_of([&] { static_cast<void>(camera.read({})); });
  outcome.note(fmt::format("{} after {}", error ? to_string(error->trouble()) : "nothing", ms(since(begin))));
  outcome.require(error && error->trouble() == DeviceTrouble::failed && since(begin) < 6,
                  "failed within 6 s");
}

void damaged(Outcome& outcome) {
  Watched camera{small(30)};
  outcome.require(camera.more(15), "15 pictures");
  Vivid{0}.damage_one();
  outcome.require(camera.more(15), "15 more");
  const auto watch = camera.end();
  outcome.note(fmt::format("{} damaged of {}", watch.counted.damaged, watch.seen.back().index + 1));
  outcome.require(watch.counted.damaged == 1 && watch.counted.absences == 0, "one picture only");
  in_order(outcome, watch);
}

void broken(Outcome& outcome, void (*break_it)(const Vivid&)) {
  Watched camera{small(30)};
  outcome.require(camera.more(15), "15 pictures");
  break_it(Vivid{0});
  away(outcome, camera, unplug_seen);
  returned(outcome, camera, back);
  const auto watch = camera.end();
  one_absence(outcome, watch);
  in_order(outcome, watch);
  stopped(outcome, watch);
}

void wrapping(Outcome& outcome) {
  Vivid{0}.wrap_sequence();
  Vivid{0}.wrap_timestamp();
  Watched camera{small(30)};
  // The driver's numbers wrap after 128 pictures, its timestamps after 16 s.
  outcome.require(camera.more(540, 40), "540 pictures");
  const auto watch = camera.end();
  outcome.note("longest step " + ms(quantile(watch.steps(), 1)));
  outcome.require(quantile(watch.steps(), 1) < 0.2, "no jump");
  // Where a timestamp steps back, the line is taken up anew at the arrival, some milliseconds later.
  all_counted(outcome, watch, 30, 1);
  in_order(outcome, watch);
}

void slow_reader(Outcome& outcome) {
  Watched camera{small(25, 2), 100ms};
  outcome.require(camera.more(60, 20), "60 pictures");
  const auto watch = camera.end();
  const double p99 = quantile(watch.ages(), 0.99);
  outcome.note(fmt::format("age p50 {}, p99 {}, {} lost in the queue", ms(quantile(watch.ages(), 0.5)),
                           ms(p99), watch.counted.lost_in_queue));
  outcome.require(p99 <= 0.08, "2 periods");
  outcome.require(watch.seen.back().index + 1 ==
                      watch.counted.delivered + watch.counted.lost_in_queue + watch.counted.lost_by_driver,
                  "all counted");
}

void slower_than_asked(Outcome& outcome) {
  Watched camera{small(500)};
  outcome.require(camera.more(50, 20), "50 pictures");
  const auto watch = camera.end();
  outcome.note(fmt::format("asked for 500 a second, {:.0f} came", 1 / quantile(watch.steps(), 0.5)));
  outcome.require(watch.counted.absences == 0, "none missed");
}

void busy(Outcome& outcome) {
  {
    const Other other{Vivid{0}.node()};
    other.take();
    refused(outcome, small(), DeviceTrouble::busy);
  }
  Watched camera{small()};
  outcome.require(camera.more(2), "free again");
}

/// Somebody else takes it while it is away.
void busy_when_it_returns(Outcome& outcome) {
  Watched camera{small(30)};
  outcome.require(camera.more(10), "10 pictures");
  {
    std::optional<Other> keeps_it_away{Vivid{0}.node()};
    Vivid{0}.disconnect();
    away(outcome, camera, unplug_seen);
    std::this_thread::sleep_for(50ms);
    keeps_it_away.reset();
    const Other faster{Vivid{0}.node()};  // the reader looks every 500 ms
    faster.take();
    std::this_thread::sleep_for(1200ms);
    outcome.require(!camera.counted().present, "waits");
  }
  returned(outcome, camera, back);
}

void forbidden(Outcome& outcome) {
  if (seteuid(65534) != 0) return outcome.require(false, "seteuid");
  auto options = small();
  options.device = Vivid{0}.node();
  refused(outcome, options, DeviceTrouble::forbidden);
  outcome.require(seteuid(0) == 0, "root again");
}

}  // namespace

std::vector<Case> camera_cases() {
  const auto refuse = [](void (*set)(const Vivid&), DeviceTrouble trouble) {
    return [=](Outcome& outcome) {
      set(Vivid{0});
      refused(outcome, small(), trouble);
      Watched camera{small()};
      outcome.require(camera.more(2), "opens the next time");
    };
  };
  const auto fail = [](void (*how)(const Vivid&)) { return [=](Outcome& o) { broken(o, how); }; };
  return {
      {"camera: 320x180 at 10, delivered and steady", steady},
      {"camera: a fifth of the buffers dropped by the driver", dropped},
      {"camera: unplugged, and back", unplugged},
      {"camera: its driver taken away while it streams, and back", driver_gone},
      {"camera: unplugged for good, stopped", unplugged_for_good},
      {"camera: away for longer than allowed", away_for_too_long},
      {"camera: another one on its node", another_on_its_node},
      {"camera: frozen, and thawed", frozen},
      {"camera: frozen for good, stopped", frozen_for_good},
      {"camera: frozen from the beginning", never_a_picture},
      {"camera: a buffer marked as damaged", damaged},
      {"camera: the driver takes no buffer back", fail([](const Vivid& v) { v.refuse_to_take_back(); })},
      {"camera: the stream breaks", fail([](const Vivid& v) { v.break_stream(); })},
      {"camera: REQBUFS refused", refuse([](const Vivid& v) { v.refuse_buffers(); }, DeviceTrouble::failed)},
      {"camera: STREAMON refused",
       refuse([](const Vivid& v) { v.refuse_to_start(); }, DeviceTrouble::failed)},
      {"camera: sequence numbers and timestamps wrap", wrapping, 40s, false},
      {"camera: a reader of 10 a second behind 25", slow_reader},
      {"camera: slower than asked", slower_than_asked},
      {"camera: busy", busy},
      {"camera: busy when it returns", busy_when_it_returns},
      {"camera: absent", [](Outcome& o) { refused(o, {.device = "/dev/video63"}, DeviceTrouble::absent); }},
      {"camera: forbidden", forbidden},
  };
}

}  // namespace invigil::vm
