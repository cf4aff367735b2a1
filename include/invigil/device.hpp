// Devices: what they are called, why one cannot be had, and what was lost on the way from it.
#pragma once

#include <invigil/error.hpp>
#include <invigil/export.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace invigil {

enum class DeviceKind { camera, microphone, screen };

/// Why a device cannot be had.
enum class DeviceTrouble {
  absent,       ///< Nothing of that name is attached.
  busy,         ///< Another program has it.
  forbidden,    ///< The system does not let this user, or this program, have it.
  unsupported,  ///< It is there, and gives nothing that this build can handle.
  lost,         ///< It worked, and was unplugged or fell silent.
  failed,       ///< It is there and refuses; the message has the system's words.
};

/// The name of a trouble as written in `DeviceTrouble`, e.g. "busy".
[[nodiscard]] INVIGIL_API std::string_view to_string(DeviceTrouble trouble) noexcept;

/// Every failure of a device. The message says what to do about it.
class INVIGIL_API DeviceError : public Error {
 public:
  /// The code is `Errc::unsupported` for what is unsupported, else `Errc::device`.
  DeviceError(DeviceTrouble trouble, std::string where, std::string_view what);
  [[nodiscard]] DeviceTrouble trouble() const noexcept { return trouble_; }

 private:
  DeviceTrouble trouble_;
};

struct Device {
  DeviceKind kind = DeviceKind::camera;
  /// What the options' `device` takes. A camera's is its name and its place on the bus: it stays the same
  /// however often the camera is unplugged and whatever was plugged in before it.
  std::string id;
  std::string name;                  ///< What the system calls it.
  std::vector<std::string> formats;  ///< E.g. "mjpeg 1280x720 30 fps".
  std::string path = {};             ///< E.g. "/dev/video0"; may be another one's after the next start.
  std::string driver = {};           ///< Of a camera, e.g. "uvcvideo".
  /// Its driver or name is that of a program which plays a camera. That it says so proves nothing; that it
  /// does not, neither.
  bool seems_virtual = false;
  /// Why it cannot be opened now. Default: it can, as far as is known without opening it.
  std::optional<DeviceTrouble> trouble = {};
};

/// What a camera gave from its first delivered picture on, and what was lost where. Without absences the
/// camera took `delivered + lost_by_driver + lost_in_queue + damaged` pictures.
struct CaptureStatistics {
  std::uint64_t delivered = 0;       ///< Pictures handed on.
  std::uint64_t lost_by_driver = 0;  ///< Gaps in the driver's own count; 0 where a backend hides it.
  std::uint64_t lost_in_queue = 0;   ///< Whoever reads was too slow.
  std::uint64_t damaged = 0;         ///< The driver marked them as damaged, or they did not decode.
  std::uint64_t restarts = 0;        ///< Of a stream that stood still.
  std::uint64_t absences = 0;        ///< Times that it was unplugged or stood still.
  bool present = true;               ///< Whether it gives pictures now.
  bool seems_virtual = false;        ///< As `Device::seems_virtual`; false where a backend does not tell.
};

/// What becomes of a camera while a session owns it.
class INVIGIL_API CaptureMonitor {
 public:
  virtual ~CaptureMonitor() = default;
  /// From any thread.
  [[nodiscard]] virtual CaptureStatistics statistics() const = 0;
};

}  // namespace invigil
