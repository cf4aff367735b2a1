#include "inputs.hpp"

#include "app.hpp"
#include "input.hpp"

#include <invigil/capture.hpp>
#include <invigil/error.hpp>
#include <invigil/media.hpp>
#include <invigil/order_events.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

namespace app {

namespace {

using namespace invigil;

/// Events that the platform writes to our standard input while the exam runs, one a line. They leave in
/// order: each waits until a later one came, or nothing for as long as an event may be late. A bad line is
/// left out and told: it must not end the exam.
class StandardInputEvents final : public Source<PlatformEvent> {
 public:
  explicit StandardInputEvents(std::shared_ptr<EventLog> told) : told_(std::move(told)) {}

  std::optional<PlatformEvent> read(std::stop_token stop) override {
    while (ready_.empty() && !ended_) {
      if (const auto end = text_.find('\n'); end != std::string::npos) {
        take(text_.substr(0, end));
        text_.erase(0, end + 1);
      } else if (!fetch(stop)) {
        take(std::exchange(text_, {}));  // a last line may lack its newline
        order_.flush(to_ready());
        ended_ = true;
      }
    }
    if (ready_.empty()) return std::nullopt;
    auto event = std::move(ready_.front());
    ready_.pop_front();
    return event;
  }
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] bool sparse() const override { return true; }
  [[nodiscard]] std::string name() const override { return "events from standard input"; }

 private:
  static constexpr std::size_t longest_line = 1U << 20U;
  static constexpr int patience = 10;  ///< Waits of 200 ms: as long as an event may be late.

  [[nodiscard]] Emit<PlatformEvent> to_ready() {
    return [this](PlatformEvent event) { ready_.push_back(std::move(event)); };
  }
  void take(const std::string& line) {
    ++number_;
    if (line.find_first_not_of(" \t\r") == std::string::npos) return;
    try {
      auto event = parse_event(line, fmt::format("standard input:{}", number_));
      latest_ = event.time;
      order_.process(std::move(event), to_ready());
    } catch (const Error& e) {
      warn(fmt::format("{}; the line is left out", e.what()));
      told_->add_bad(e.what(), latest_);
    }
  }
  /// False at the end and when asked to stop. A line that was cut off by that is none.
  bool fetch(const std::stop_token& stop) {
    if (text_.size() > longest_line)
      throw Error(Errc::bad_header, "standard input",
                  "a line is longer than 1 MiB; events are one JSON object a line");
    pollfd waiting{STDIN_FILENO, POLLIN, 0};
    int ready = 0;
    for (int waits = 0; ready <= 0; ++waits) {
      if (stop.stop_requested()) {
        text_.clear();
        return false;
      }
      if (waits == patience) order_.flush(to_ready());
      if (!ready_.empty()) return true;
      ready = ::poll(&waiting, 1, 200);
      if (ready < 0 && errno != EINTR) throw Error(Errc::io, "standard input", std::strerror(errno));
    }
    std::array<char, 4096> buffer{};
    const auto n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n < 0) throw Error(Errc::io, "standard input", std::strerror(errno));
    text_.append(buffer.data(), static_cast<std::size_t>(n));
    return n > 0;
  }
  std::shared_ptr<EventLog> told_;
  OrderEvents order_;
  std::deque<PlatformEvent> ready_;
  std::string text_;
  std::size_t number_ = 0;
  Timestamp latest_{};
  bool ended_ = false;
};

std::string device(const std::string& name) { return name == "default" ? "" : name; }

void open_devices(const InputOptions& options, Inputs& inputs) {
  inputs.live = true;
  const auto cameras = options.cameras.empty() ? std::vector<std::string>{"default"} : options.cameras;
  for (const auto& camera : cameras) {
    if (camera == "none") continue;
    const auto number = inputs.pictures.size() + 1;
    auto opened = std::make_unique<Camera>(CameraOptions{.device = device(camera)});
    inputs.of_devices.push_back(opened->flags());
    inputs.pictures.emplace_back(number == 1 ? "camera" : fmt::format("camera {}", number),
                                 std::move(opened));
  }
  if (options.screen != "none")
    inputs.pictures.emplace_back("screen",
                                 std::make_unique<Screen>(ScreenOptions{.device = device(options.screen)}));
  if (options.microphone == "none") return;
  auto microphone = std::make_unique<Microphone>(MicrophoneOptions{.device = device(options.microphone)});
  inputs.of_devices.push_back(microphone->flags());
  inputs.sound = std::move(microphone);
}

void open_file(const InputOptions& options, Inputs& inputs) {
  MediaFile file{options.input, {.realtime = options.realtime}};
  inputs.live = options.realtime;
  inputs.duration = file.info().duration;
  if (file.info().has_video) inputs.pictures.emplace_back("camera", file.video());
  if (file.info().has_audio) inputs.sound = file.audio();
}

}  // namespace

void add_inputs(CLI::App& command, InputOptions& options) {
  auto* camera = command
                     .add_option("--camera", options.cameras,
                                 "Camera, as \"invigil devices\" names it; may be repeated (flags come from "
                                 "the first); \"none\"")
                     ->type_name("D")
                     ->allow_extra_args(false);
  auto* microphone = command.add_option("--microphone", options.microphone, "Microphone, or \"none\"")
                         ->type_name("D")
                         ->capture_default_str();
  auto* screen = command
                     .add_option("--screen", options.screen,
                                 "Screen, \"default\" or \"none\"; recorded at 5 pictures a second")
                     ->type_name("D")
                     ->capture_default_str();
  auto* input = command
                    .add_option("--input", options.input,
                                "A media file, a URL, or - for standard input, in place of devices")
                    ->type_name("FILE|URL|-");
  input->excludes(camera)->excludes(microphone)->excludes(screen);
  command.add_flag("--realtime", options.realtime, "Take the input at its own speed, as from a device")
      ->needs(input);
  command
      .add_option("--events", options.events,
                  "What the exam platform tells (focus_lost, paste, ...), JSON lines")
      ->type_name("E.jsonl|-");
}

Inputs open_inputs(const InputOptions& options) {
  if (options.input == "-" && options.events == "-")
    throw Error(Errc::argument, "--events", "standard input is the media already; give the events as a file");
  Inputs inputs;
  if (options.events == "-") {
    auto told = std::make_shared<EventLog>();
    inputs.events = std::make_unique<StandardInputEvents>(told);
    inputs.told = std::move(told);
  } else if (!options.events.empty()) {
    auto told = std::make_shared<EventLog>(app::load_events(options.events));
    inputs.events = std::make_unique<Feed<PlatformEvent>>(std::move(told->events));
    inputs.told = std::move(told);
  }
  if (options.input.empty()) {
    open_devices(options, inputs);
  } else {
    open_file(options, inputs);
  }
  if (inputs.pictures.empty() && !inputs.sound)
    throw Error(Errc::argument, "--camera",
                "there is nothing to record: give a camera, a microphone, a screen or an input");
  return inputs;
}

}  // namespace app
