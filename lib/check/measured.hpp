// What the check measures, apart from what it makes of it.
#pragma once

#include <invigil/check.hpp>
#include <invigil/observation.hpp>

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace invigil::check {

struct DeviceOutcome {
  std::string name = {};                      ///< Of what was opened, or was to be.
  std::optional<DeviceTrouble> trouble = {};  ///< It could not be had, or was lost.
  std::string why = {};                       ///< Then: the whole message.
  bool seems_virtual = false;
};

struct Pictures {
  DeviceOutcome device = {};
  int width = 0, height = 0;
  double seconds = 0;  ///< From the first picture to the last.
  CaptureStatistics counted = {};
  std::vector<PictureObservation> observations = {};
};

struct Sound {
  DeviceOutcome device = {};
  std::vector<Speech> blocks = {};
};

/// What the pipeline cost.
struct Cost {
  double cpu_seconds = 0, wall_seconds = 0;
  double media_seconds = 0;
  std::uint64_t bytes = 0;                 ///< Of the recording.
  std::uint64_t seen = 0, unseen = 0;      ///< Items that the analysis took, and had no time for.
  bool stand_in = false;                   ///< A test picture, because there is no camera.
  std::optional<double> others_busy = {};  ///< Share of all processors that others used meanwhile, in [0, 1].
};

struct Session {
  std::optional<Pictures> pictures;  ///< None: an exam without.
  std::optional<Sound> sound;
  Cost cost;
};

/// Runs the pipeline on the devices.
[[nodiscard]] Session run_pipeline(const SystemCheckOptions& options, const std::stop_token& stop);

/// How busy the processors are, from /proc/stat; nothing where there is none.
struct Processors {
  double busy_seconds = 0, all_seconds = 0;
};
[[nodiscard]] std::optional<Processors> processors(const std::string& root = {});

struct Process {
  int id = 0;
  std::string name;
  double cpu_seconds = 0;
};
/// All processes but this one. `root` stands before /proc.
[[nodiscard]] std::vector<Process> processes(const std::string& root = {});

struct Power {
  bool on_battery = false;
  std::optional<double> charge = {};  ///< Of the battery, in [0, 1]; none: there is no battery.
};
[[nodiscard]] Power power(const std::string& root = {});

struct Displays {
  int connected = 0;  ///< 0: it cannot be told.
  bool wayland = false;
};
[[nodiscard]] Displays displays(const std::string& root = {});

/// Whether the system's clock is kept right by a server; nothing where that cannot be told.
[[nodiscard]] std::optional<bool> clock_is_kept();

struct Connection {
  std::vector<double> round_trips = {};  ///< Seconds, of those that came back.
  int asked = 0;
  std::optional<double> bits_per_second = {};  ///< Of the upload.
  std::string refused = {};  ///< Why the upload was not taken; it may be timed all the same.
  std::string why = {};      ///< Why the last question failed.
};
/// Every call has a deadline; all together take 30 s at most.
[[nodiscard]] Connection try_connection(const std::string& url, const std::stop_token& stop);

}  // namespace invigil::check
