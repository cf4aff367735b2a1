// Before the exam: whether this computer, its camera, microphone, disk and connection will do, and what to
// do where they will not.
#pragma once

#include <invigil/device.hpp>
#include <invigil/export.hpp>
#include <invigil/time.hpp>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace invigil {

/// In order of badness. `warn`: it will work, and could be better, or could not be told. `fail`: the exam
/// would not be recorded, or not usably.
enum class CheckState { ok, warn, fail };
[[nodiscard]] INVIGIL_API std::string_view to_string(CheckState state) noexcept;

struct CheckItem {
  /// "camera", "camera_real", "resolution", "rate", "light", "sharpness", "face", "microphone", "level",
  /// "noise", "clipping", "speech", "disk", "cpu", "processes", "power", "clock", "displays", "connection".
  std::string name;
  CheckState state = CheckState::ok;
  std::string seen;                           ///< One sentence.
  std::string advice;                         ///< What to do; empty when there is nothing to do.
  std::map<std::string, double> values = {};  ///< What it rests on; units are in the names.
  std::optional<DeviceTrouble> trouble = {};  ///< Why a device cannot be had.
};

struct SystemCheckReport {
  std::vector<CheckItem> items;
  /// The worst of all items.
  [[nodiscard]] INVIGIL_API CheckState state() const;
  /// One JSON object: `{"state":…,"items":[{"item":…,"state":…,"seen":…,"advice":…,"values":{…}}]}`.
  [[nodiscard]] INVIGIL_API std::string to_json() const;
};

struct SystemCheckOptions {
  /// As `list_devices()` names it; empty: the default; "none": an exam without. Default: empty.
  std::string camera = {};
  std::string microphone = {};
  /// Where the recording will lie. Default: the working folder.
  std::filesystem::path disk = ".";
  /// Of the exam; more than 0, at most a day. Default: 90 min.
  Duration length = std::chrono::minutes{90};
  /// Where the recording is sent to, http or https: it is asked ten times and sent 1 MiB of random bytes.
  /// Default: empty, the connection is not looked at.
  std::string upload = {};
  /// How long the real pipeline runs on the devices. 1 to 60 s. Default: 5 s.
  Duration watch = std::chrono::seconds{5};
};

/// Runs what an exam runs (capture, redaction, detectors, encoding, encryption) for a few seconds; pictures
/// and sound are kept nowhere. Where there are no devices, a test picture stands in for the cost.
class INVIGIL_API SystemCheck {
 public:
  /// Throws `Error{argument}` for options out of range.
  explicit SystemCheck(SystemCheckOptions options = {});
  /// Takes `watch`, and half a minute more at most for a connection that is dead. What does not work is an
  /// item, not an exception.
  [[nodiscard]] SystemCheckReport run(std::stop_token stop = {}) const;

 private:
  SystemCheckOptions options_;
};

}  // namespace invigil
