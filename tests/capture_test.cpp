// Devices: on a virtual screen, a sound server without hardware, and where there is nothing at all.
#include "capture/clock.hpp"
#include "capture/drift.hpp"
#include "capture/v4l2.hpp"
#include "media/av.hpp"
#include "media/resampler.hpp"
#include "tool.hpp"

#include <invigil/capture.hpp>
#include <invigil/device_watch.hpp>
#include <invigil/error.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

/// Sets a variable of the environment, and puts it back.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    value ? ::setenv(name, value, 1) : ::unsetenv(name);
  }
  ~Environment() { old_ ? ::setenv(name_, old_->c_str(), 1) : ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

/// A program that runs until this is gone, or until `end`.
class Background {
 public:
  explicit Background(std::vector<std::string> words) {
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
  }
  ~Background() { end(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
};

bool wait_until(const std::string& command) {
  for (int i = 0; i < 100; ++i) {
    if (run_tool(command + " >/dev/null 2>&1").status == 0) return true;
    std::this_thread::sleep_for(100ms);
  }
  return false;
}

template <class Failure = Error, class Action>
Failure error_of(Action action) {
  std::optional<Failure> thrown;
  try {
    action();
  } catch (const Failure& e) {
    thrown = e;
  }
  REQUIRE(thrown);
  return *thrown;
}

/// An X server on a display of its own.
class VirtualScreen {
 public:
  VirtualScreen(int from, const std::string& size)
      : display(std::string{":"}.append(std::to_string(from + ::getpid() % 700))),
        server({"Xvfb", display, "-screen", "0", size + "x24", "-nolisten", "tcp", "-noreset"}) {
    REQUIRE(wait_until("xdpyinfo -display " + display));
  }
  /// A command with this display as its own.
  void run(const std::string& command) const {
    CAPTURE(command);
    REQUIRE(run_tool("DISPLAY=" + display + " " + command + " 2>&1").status == 0);
  }
  const std::string display;
  Background server;
};

int luma(const RawFrame& frame, int x, int y) { return frame.image.luma().row(y)[x]; }

}  // namespace

TEST_CASE("wrong options are named before any device is touched") {
  CHECK(error_of([] { Camera{{.width = 0}}; }).code() == Errc::argument);
  CHECK(error_of([] { Camera{{.height = 20000}}; }).code() == Errc::argument);
  CHECK(error_of([] { Camera{{.rate = 0}}; }).code() == Errc::argument);
  CHECK(error_of([] { Camera{{.rate = std::nan("")}}; }).code() == Errc::argument);
  CHECK(error_of([] { Screen{{.rate = -1}}; }).code() == Errc::argument);
}

TEST_CASE("the best of a camera's formats is chosen") {
  using capture::CameraFormat;
  const std::vector<CameraFormat> webcam{{"yuyv422", 640, 480, 30}, {"yuyv422", 1280, 720, 10},
                                         {"mjpeg", 640, 480, 30},   {"mjpeg", 1280, 720, 30},
                                         {"mjpeg", 1920, 1080, 30}, {"yuyv422", 1920, 1080, 5}};
  const auto* hd = capture::choose_format(webcam, 1280, 720, 30);
  REQUIRE(hd);
  CHECK(hd->name == "mjpeg");
  CHECK(hd->width == 1280);
  CHECK(hd->rate == 30);
  CHECK(capture::choose_format(webcam, 640, 480, 30)->name == "yuyv422");
  CHECK(capture::choose_format(webcam, 800, 600, 30)->width == 640);
  CHECK(capture::choose_format(webcam, 1280, 720, 10)->rate == 10);
  CHECK(capture::choose_format({}, 640, 480, 30) == nullptr);
}

TEST_CASE("two equal cameras are told apart by where they are plugged in, and on one place by their order") {
  const auto camera = [](const char* node, const char* id) {
    return capture::CameraDevice{
        .node = node, .card = "Webcam", .bus = {}, .driver = {}, .id = id, .formats = {}};
  };
  std::vector<capture::CameraDevice> cameras{
      camera("/dev/video0", "Webcam @ usb-1"), camera("/dev/video2", "Webcam @ usb-2"),
      camera("/dev/video3", "Webcam @ usb-1"), camera("/dev/video4", "Webcam @ usb-1")};
  capture::number_equals(cameras);
  CHECK(cameras[0].id == "Webcam @ usb-1");
  CHECK(cameras[1].id == "Webcam @ usb-2");
  CHECK(cameras[2].id == "Webcam @ usb-1 #2");
  CHECK(cameras[3].id == "Webcam @ usb-1 #3");
}

TEST_CASE("both clocks that devices use are understood, nonsense counts as now") {
  const auto monotonic = std::chrono::steady_clock::now().time_since_epoch() - 50ms;
  const auto wall = std::chrono::system_clock::now().time_since_epoch() - 50ms;
  const auto us = [](auto d) { return std::chrono::duration_cast<std::chrono::microseconds>(d); };
  const auto age = [&](std::chrono::microseconds stamp) {
    const auto moment = capture::captured(stamp);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - moment).count();
  };
  CHECK(std::abs(age(us(monotonic)) - 0.05) < 0.04);
  CHECK(std::abs(age(us(wall)) - 0.05) < 0.04);
  CHECK(age(us(monotonic + 1h)) < 0.04);
  CHECK(age(0us) < 0.04);
}

TEST_CASE("devices share one clock, which starts when the first is read") {
  const auto now = [](const capture::Clock& clock) {
    return seconds(clock.at(std::chrono::steady_clock::now()));
  };
  {
    const capture::Clock first, second;
    std::this_thread::sleep_for(50ms);
    first.start();
    CHECK(now(first) < 0.04);
    std::this_thread::sleep_for(50ms);
    second.start();
    CHECK(std::abs(now(first) - now(second)) < 0.02);
    CHECK(now(second) >= 0.05);
    CHECK(std::abs(now(first) - seconds(first.at(first.moment(from_seconds(now(first)))))) < 0.02);
  }
  const capture::Clock next;
  next.start();
  CHECK(now(next) < 0.04);
}

TEST_CASE("the first second of a sound server's timestamps is not trusted") {
  capture::Anchor anchor;
  for (int i = 0; i < 50; ++i) {
    CHECK_FALSE(anchor.settled());
    const Timestamp truth = from_seconds(3 + 0.02 * i);
    anchor.add(i < 15 ? truth - 680ms : truth + 1ms * (i % 3 - 1), 20ms);
  }
  CHECK(anchor.settled());
  CHECK(std::abs(seconds(anchor.start()) - 3) < 0.0015);
}

TEST_CASE("a device's clock that runs off is led back, and lost samples are seen") {
  capture::Drift drift;
  std::optional<capture::Drift::Correction> correction;
  int blocks = 0;
  while (!correction && blocks < 2000) {  // 500 ppm fast: 10 us a block
    correction = drift.measure(Duration{10'000} * ++blocks);
  }
  REQUIRE(correction);
  CHECK(blocks == 520);
  CHECK(std::abs(seconds(correction->by) - 0.005) < 0.0005);

  // Once its pace is known, nothing is left to correct but the pace: 5.2 ms in every 10.4 s.
  CHECK_FALSE(correction->torn);
  Duration corrected = correction->by;
  for (; blocks < 20 * 520;)
    if (const auto next = drift.measure(Duration{10'000} * ++blocks - corrected)) corrected += next->by;
  CHECK(std::abs(seconds(Duration{10'000} * (blocks + 520) - corrected)) < 0.0005);

  capture::Drift lost;
  correction.reset();
  for (blocks = 0; !correction && blocks < 200; ++blocks)
    correction = lost.measure(blocks < 50 ? 0ms : 300ms);
  REQUIRE(correction);
  CHECK(correction->torn);
  CHECK(correction->by == 300ms);
  CHECK(blocks <= 102);

  capture::Drift stepped;  // what was lost at once is led back, and is no pace
  for (blocks = 0, correction.reset(); !correction && blocks < 600; ++blocks)
    correction = stepped.measure(blocks < 110 ? 0ms : 60ms);
  REQUIRE(correction);
  CHECK(blocks == 520);
  CHECK(correction->by == 60ms);

  capture::Drift steady;
  for (int i = 0; i < 2000; ++i) CHECK_FALSE(steady.measure(i % 2 ? 400us : -400us));
}

TEST_CASE("stretched sound has as many samples more as was asked") {
  auto frame = media::make_frame();
  frame->format = AV_SAMPLE_FMT_S16;
  frame->sample_rate = 48000;
  frame->nb_samples = 960;
  av_channel_layout_default(&frame->ch_layout, 1);
  REQUIRE(av_frame_get_buffer(frame.get(), 0) == 0);
  std::fill_n(reinterpret_cast<std::int16_t*>(frame->data[0]), 960, std::int16_t{1000});
  media::Resampler resampler{"test", 1};
  std::size_t samples = 0;
  const Emit<AudioBlock> count = [&](const AudioBlock& b) { samples += b.size(); };
  resampler.push(*frame, from_seconds(1), count);
  resampler.drift(20ms);
  CHECK(resampler.expected() == from_seconds(1.04));
  for (int i = 1; i < 600; ++i) resampler.push(*frame, std::nullopt, count);
  resampler.flush(count);
  CHECK(std::abs(double(samples) - (600 * 960 + 960)) <= 40);
}

TEST_CASE("what is absent is said, with what to do") {
  const Environment real{"INVIGIL_TEST_SOURCES", nullptr};
  CHECK(error_of([] { Camera{{.device = "/dev/video63"}}; }).code() == Errc::device);
  if (capture::find_cameras().empty()) {
    const auto none = error_of([] { Camera{}; });
    CHECK(none.code() == Errc::device);
    CHECK(std::string{none.what()}.find("plug") != std::string::npos);
  }
  const Environment no_display{"DISPLAY", nullptr};
  CHECK(error_of([] { Screen{}; }).code() == Errc::device);
  CHECK(error_of([] { Screen{{.device = ":987"}}; }).code() == Errc::device);
  const Environment wayland{"WAYLAND_DISPLAY", "wayland-0"};
  CHECK(std::string{error_of([] { Screen{}; }).what()}.find("Xorg") != std::string::npos);
  const TemporaryFolder folder;
  const Environment no_server{"PULSE_SERVER", "unix:/nonexistent/pulse"};
  const Environment no_runtime{"XDG_RUNTIME_DIR", folder.path().c_str()};
  CHECK(error_of([] { Microphone{{.device = "no such microphone"}}; }).code() == Errc::device);
  for (const auto& device : list_devices()) CHECK(device.kind != DeviceKind::screen);
}

TEST_CASE("a virtual screen is captured, stops within a second, and its end is noticed") {
  const Environment real{"INVIGIL_TEST_SOURCES", nullptr};
  if (!tools_or_skip({"Xvfb", "xdpyinfo"})) return;
  const std::string display = std::string{":"}.append(std::to_string(200 + ::getpid() % 700));
  Background server{{"Xvfb", display, "-screen", "0", "320x200x24", "-nolisten", "tcp", "-noreset"}};
  REQUIRE(wait_until("xdpyinfo -display " + display));
  const Environment set{"DISPLAY", display.c_str()};
  const auto devices = list_devices();
  CHECK(std::any_of(devices.begin(), devices.end(),
                    [&](const Device& d) { return d.kind == DeviceKind::screen && d.id == display; }));
  Screen screen{{.rate = 20}};
  CHECK(screen.live());
  std::this_thread::sleep_for(500ms);  // what comes before the first read is no part of the session
  CHECK(screen.name().find(display) != std::string::npos);
  std::optional<RawFrame> last;
  for (int i = 0; i < 10; ++i) {
    auto frame = screen.read({});
    REQUIRE(frame);
    CHECK(frame->image.width() == 320);
    CHECK(frame->image.height() == 200);
    if (!last) CHECK(frame->index == 0);
    if (!last) CHECK(seconds(frame->time) < 0.3);
    if (last) CHECK(frame->time > last->time);
    if (last) CHECK(frame->index > last->index);
    last = std::move(frame);
  }
  CHECK(seconds(last->time) < 20);
  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(screen.read(stop.get_token()));
  server.end();
  CHECK(error_of([&] {
          for (int i = 0; i < 100; ++i) (void)screen.read({});
        }).code() == Errc::device);
}

TEST_CASE("the death of a screen's X server ends who waits for a picture at once, with what to do") {
  const Environment real{"INVIGIL_TEST_SOURCES", nullptr};
  if (!tools_or_skip({"Xvfb", "xdpyinfo"})) return;
  VirtualScreen x{1700, "320x200"};
  Screen screen{{.device = x.display, .rate = 5}};
  REQUIRE(screen.read({}));
  std::chrono::steady_clock::time_point killed;
  std::jthread hand([&] {
    std::this_thread::sleep_for(300ms);
    killed = std::chrono::steady_clock::now();
    x.server.end();
  });
  const auto error = error_of<DeviceError>([&] {
    for (;;) (void)screen.read({});
  });
  const auto ended = std::chrono::steady_clock::now();
  hand.join();
  CHECK(ended - killed < 2s);
  CHECK(error.trouble() == DeviceTrouble::lost);
  CHECK(std::string{error.what()}.find("log in again") != std::string::npos);
  CHECK(error_of<DeviceError>([&] { (void)screen.read({}); }).trouble() == DeviceTrouble::lost);
}

TEST_CASE("a screen that grows or shrinks while it is read is seen whole, in the size of the first picture") {
  const Environment real{"INVIGIL_TEST_SOURCES", nullptr};
  if (!tools_or_skip({"Xvfb", "xdpyinfo", "xrandr", "xsetroot"})) return;
  const VirtualScreen x{2400, "640x480"};
  x.run("xrandr --output screen --off --fb 320x240");
  x.run("xsetroot -solid white");
  Screen screen{{.device = x.display, .rate = 20}};
  // Other proportions leave bars, above and below or on both sides.
  const auto comes = [&](bool above, bool aside) {
    for (int i = 0; i < 400; ++i) {
      const auto frame = screen.read({}).value();
      CHECK(frame.image.width() == 320);
      CHECK(frame.image.height() == 240);
      if (luma(frame, 160, 120) > 200 && (luma(frame, 160, 4) < 60) == above &&
          (luma(frame, 4, 120) < 60) == aside)
        return true;
    }
    return false;
  };
  CHECK(comes(false, false));
  x.run("xrandr --fb 640x240");
  x.run("xsetroot -solid white");
  CHECK(comes(true, false));
  x.run("xrandr --fb 200x240");
  x.run("xsetroot -solid white");
  CHECK(comes(false, true));
}

TEST_CASE("what lies beyond a screen is refused") {
  const Environment real{"INVIGIL_TEST_SOURCES", nullptr};
  if (!tools_or_skip({"Xvfb", "xdpyinfo"})) return;
  const VirtualScreen x{3100, "320x200"};
  CHECK(error_of<DeviceError>([&] { Screen{{.device = x.display + "+100,100"}}; }).trouble() ==
        DeviceTrouble::failed);
  CHECK(error_of<DeviceError>([&] { Screen{{.device = x.display + ".1"}}; }).trouble() ==
        DeviceTrouble::failed);
}

TEST_CASE("a slow reader of a screen loses pictures, and the index says how many") {
  const Environment real{"INVIGIL_TEST_SOURCES", nullptr};
  if (!tools_or_skip({"Xvfb", "xdpyinfo"})) return;
  const std::string display = std::string{":"}.append(std::to_string(1000 + ::getpid() % 700));
  const Background server{{"Xvfb", display, "-screen", "0", "64x48x24", "-nolisten", "tcp", "-noreset"}};
  REQUIRE(wait_until("xdpyinfo -display " + display));
  Screen screen{{.device = display, .rate = 50}};
  const auto first = screen.read({});
  std::this_thread::sleep_for(1s);
  std::optional<RawFrame> after;
  for (int i = 0; i < 3; ++i) after = screen.read({});
  REQUIRE(first);
  REQUIRE(after);
  CHECK(after->index - first->index > 10);
  // About as many as the time between them holds.
  CHECK(std::abs(double(after->index - first->index) - seconds(after->time - first->time) * 50) < 15);
}

TEST_CASE("a sound server's microphone is heard on the session's clock, waited for, and never replaced") {
  const Environment real{"INVIGIL_TEST_SOURCES", nullptr};
  if (!tools_or_skip({"pulseaudio", "pactl", "ffmpeg"})) return;
  const TemporaryFolder folder;
  const std::string socket = "unix:" + (folder / "pulse.sock").string();
  const Environment runtime{"XDG_RUNTIME_DIR", folder.path().c_str()};
  const Environment home{"HOME", folder.path().c_str()};
  const Environment address{"PULSE_SERVER", socket.c_str()};
  const std::vector<std::string> pulseaudio{
      "pulseaudio",
      "-n",
      "--daemonize=no",
      "--exit-idle-time=-1",
      "--log-level=error",
      "--log-target=file:" + (folder / "log").string(),
      "--load=module-native-protocol-unix auth-anonymous=1 socket=" + (folder / "pulse.sock").string(),
      "--load=module-null-sink sink_name=feed rate=48000 channels=1",
      "--load=module-remap-source source_name=mic master=feed.monitor"};
  std::optional<Background> server{pulseaudio};
  REQUIRE(wait_until("pactl info"));
  REQUIRE(wait_until("pactl list short sources | grep -w mic"));
  const auto devices = list_devices();
  CHECK(std::any_of(devices.begin(), devices.end(),
                    [](const Device& d) { return d.kind == DeviceKind::microphone && d.id == "pulse:mic"; }));
  CHECK(error_of([] { Microphone{{.device = "pulse:other"}}; }).code() == Errc::device);
  {
    const Background tone{{"ffmpeg", "-nostdin", "-v", "quiet", "-re", "-f", "lavfi", "-i",
                           "sine=frequency=440", "-f", "pulse", "-device", "feed", "tone"}};
    Microphone microphone{{.device = "pulse:mic"}};
    const auto begin = std::chrono::steady_clock::now();
    Timestamp end{};
    double loudest = 0;
    for (int i = 0; i < 200; ++i) {
      const auto block = microphone.read({});
      REQUIRE(block);
      CHECK(block->channels() == 1);
      if (i > 0) CHECK(std::abs(seconds(block->time() - end)) < 0.2);
      end = block->time() + block->duration();
      for (const float x : block->channel(0)) loudest = std::max(loudest, double(std::abs(x)));
    }
    const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    CHECK(std::abs(seconds(end) - wall) < 0.5);
    CHECK(loudest > 0.05);
    std::stop_source stop;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(100ms);
      stop.request_stop();
    });
    while (microphone.read(stop.get_token())) {
    }
  }
  // Unplugged, it is waited for; the server puts no other in its place, though one hears the same tone.
  {
    const Background tone{{"ffmpeg", "-nostdin", "-v", "quiet", "-re", "-f", "lavfi", "-i",
                           "sine=frequency=440", "-f", "pulse", "-device", "feed", "tone"}};
    Microphone microphone{{.device = "pulse:mic"}};
    const auto monitor = microphone.monitor();
    const auto told = microphone.flags();
    for (int i = 0; i < 100; ++i) REQUIRE(microphone.read({}));
    DeviceWatch watch;
    const auto listed = [](const std::optional<std::vector<Device>>& now) {
      REQUIRE(now);
      return std::any_of(now->begin(), now->end(), [](const Device& d) { return d.id == "pulse:mic"; });
    };
    CHECK(listed(watch.next(0s)));
    CHECK_FALSE(watch.next(300ms));  // nothing has changed
    std::stop_source stopped;
    stopped.request_stop();
    CHECK_FALSE(watch.next(1h, stopped.get_token()));
    REQUIRE(run_tool("pactl unload-module module-remap-source").status == 0);
    CHECK_FALSE(listed(watch.next(10s)));
    for (int i = 0; i < 300 && monitor->statistics().present; ++i) std::this_thread::sleep_for(10ms);
    CHECK_FALSE(monitor->statistics().present);
    std::this_thread::sleep_for(1s);
    CHECK_FALSE(monitor->statistics().present);
    const auto plug = "pactl load-module module-remap-source source_name=mic master=feed.monitor >/dev/null";
    REQUIRE(run_tool(plug).status == 0);
    CHECK(listed(watch.next(10s)));
    Timestamp end{};
    double hole = 0;
    for (int i = 0; i < 150; ++i) {
      const auto block = microphone.read({});
      REQUIRE(block);
      if (end > Timestamp{}) hole = std::max(hole, seconds(block->time() - end));
      end = block->time() + block->duration();
    }
    CHECK(hole > 0.9);
    CHECK(hole < 12);
    CHECK(monitor->statistics().absences == 1);
    { const auto closed = std::move(microphone); }
    const auto flag = told->read({});
    REQUIRE(flag);
    CHECK(flag->what == "microphone_lost");
    CHECK(std::abs(seconds(flag->end - flag->begin) - hole) < 0.5);
  }
  // A server that dies is a microphone that is away, until there is one again.
  Microphone microphone{{.device = "pulse:mic"}};
  const auto monitor = microphone.monitor();
  auto block = microphone.read({});
  REQUIRE(block);
  server->end();
  for (int i = 0; i < 300 && monitor->statistics().present; ++i) std::this_thread::sleep_for(10ms);
  CHECK_FALSE(monitor->statistics().present);
  std::this_thread::sleep_for(500ms);
  server.emplace(pulseaudio);
  double hole = 0;
  for (int i = 0; i < 500 && hole < 0.4; ++i) {
    const auto end = block->time() + block->duration();
    block = microphone.read({});
    REQUIRE(block);
    hole = seconds(block->time() - end);
  }
  CHECK(hole >= 0.4);
  CHECK(monitor->statistics().absences == 1);
  Microphone impatient{{.device = "pulse:mic", .longest_absence = 1s}};
  REQUIRE(impatient.read({}));
  server->end();
  CHECK(error_of([&] {
          for (int i = 0; i < 1000; ++i) (void)impatient.read({});
        }).code() == Errc::device);
}

#ifdef INVIGIL_TEST_HOOKS
TEST_CASE("test sources stand in for devices, live and on one clock") {
  const Environment wanted{"INVIGIL_TEST_SOURCES", "1"};
  Camera camera{{.width = 64, .height = 48, .rate = 20}};
  Microphone microphone;
  Screen screen;
  CHECK(camera.live());
  const auto begin = std::chrono::steady_clock::now();
  std::optional<RawFrame> frame;
  for (int i = 0; i < 11; ++i) frame = camera.read({});
  REQUIRE(frame);
  CHECK(frame->image.width() == 64);
  CHECK(frame->time == from_seconds(0.5));
  CHECK(std::chrono::steady_clock::now() - begin > 300ms);
  CHECK(microphone.read({})->size() == 960);
  CHECK(screen.read({})->image.width() == 1280);
  std::stop_source stop;
  stop.request_stop();
  CHECK_FALSE(camera.read(stop.get_token()));
}
#endif
