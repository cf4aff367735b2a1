// What happens to a camera or a microphone: written by its reader, read by monitors and by the flags.
#pragma once

#include "capture/clock.hpp"

#include <invigil/device.hpp>
#include <invigil/flag.hpp>
#include <invigil/stream.hpp>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace invigil::capture {

struct Losses {
  std::uint64_t driver = 0, queue = 0, damaged = 0;
  [[nodiscard]] std::uint64_t sum() const { return driver + queue + damaged; }
};

/// How its flags speak of a device.
struct Words {
  const char* device;  ///< "the camera"
  const char* items;   ///< What it gives: "pictures".
  const char* lost;    ///< The flag of an absence.
};
inline constexpr Words of_camera{"the camera", "pictures", "camera_lost"};
inline constexpr Words of_microphone{"the microphone", "runs of sound", "microphone_lost"};

class DeviceLog final : public CaptureMonitor {
 public:
  explicit DeviceLog(const Words& words) : words_(words) {}

  void delivered(const Losses& before, Timestamp time);
  void damaged(const Losses& before);
  void restarted();
  /// By its name and driver a program plays it: `virtual_camera`, with the first that it gives.
  void seems_played(const std::string& name, const std::string& driver);
  /// It has given nothing since `since`, because ... ("was unplugged"). A second time in a row changes
  /// nothing.
  void away(Clock::Moment since, std::string why);
  void back(Clock::Moment at);
  /// The device is closed: the last flags can be told.
  void end();

  [[nodiscard]] CaptureStatistics statistics() const override;
  /// Since when it has been away, and why.
  [[nodiscard]] std::optional<std::pair<Clock::Moment, std::string>> absence() const;
  /// The next flag; none at the end. Once asked to stop, waits at most 2 s for the end.
  [[nodiscard]] std::optional<Flag> next_flag(const std::stop_token& stop);

 private:
  void count(const Losses& before);
  void tell_absence(Clock::Moment until);
  void tell_losses();
  void tell_played();

  const Words words_;
  /// Until the end: whoever keeps the log must not keep the next session from beginning at zero.
  std::optional<Clock> clock_{std::in_place};
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  CaptureStatistics counted_;
  std::optional<std::pair<Clock::Moment, std::string>> absence_;
  std::string played_;  ///< Why it seems to be a program; empty when it does not.
  std::deque<Flag> flags_;
  Timestamp first_{}, last_{};
  bool ended_ = false;
};

/// The flags of a device as a source.
[[nodiscard]] std::unique_ptr<Source<Flag>> flags_of(std::shared_ptr<DeviceLog> log);

}  // namespace invigil::capture
