// Where pictures, sound and events come from: devices, or a file in place of them.
#pragma once

#include <invigil/audio.hpp>
#include <invigil/event.hpp>
#include <invigil/event_log.hpp>
#include <invigil/flag.hpp>
#include <invigil/frame.hpp>
#include <invigil/stream.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

namespace app {

struct InputOptions {
  std::vector<std::string> cameras;  ///< Device names; "default", "none". Empty: the default camera.
  std::string microphone = "default";
  std::string screen = "none";
  std::string input;   ///< In place of devices.
  std::string events;  ///< JSON lines.
  bool realtime = false;
};

/// `--camera`, `--microphone`, `--screen`, `--input`, `--events`, `--realtime`.
void add_inputs(CLI::App& command, InputOptions& options);

struct Inputs {
  std::vector<std::pair<std::string, std::unique_ptr<invigil::Source<invigil::RawFrame>>>> pictures;
  std::unique_ptr<invigil::Source<invigil::AudioBlock>> sound;
  std::unique_ptr<invigil::Source<invigil::PlatformEvent>> events;
  /// What happens to the cameras themselves.
  std::vector<std::unique_ptr<invigil::Source<invigil::Flag>>> of_devices;
  /// Lines of the events that could not be read; complete when the session has ended. May be null.
  std::shared_ptr<const invigil::EventLog> told;
  bool live = false;                          ///< Must be kept up with.
  std::optional<invigil::Duration> duration;  ///< Of a file.
};

/// Opens all of them, or throws.
[[nodiscard]] Inputs open_inputs(const InputOptions& options);

}  // namespace app
