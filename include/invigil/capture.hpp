// Cameras, microphones and screens.
#pragma once

#include <invigil/audio.hpp>
#include <invigil/device.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/frame.hpp>
#include <invigil/stream.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace invigil {

struct CameraOptions {
  /// As `list_devices()` names it, a path such as "/dev/video0", or a name; empty means the first camera that
  /// can be opened. "libavdevice:" before it takes libavdevice instead of the library's own reader, which
  /// notices neither frozen cameras nor what the driver lost. Default: empty.
  std::string device = {};
  /// Wanted size in pixels and rate in frames a second; the nearest that the camera offers is taken.
  /// Defaults: 1280 x 720 at 30.
  int width = 1280;
  int height = 720;
  double rate = 30.0;
  /// Pictures that wait for a slow reader, at least 1; then the oldest is lost, and counted. With 1 or 2 a
  /// reader that is behind gets the newest alone, at most two periods old; more lose less. Default: 8.
  std::size_t queue = 8;
  /// How long the camera may be away (unplugged, frozen) before `read` throws. Default: as long as it takes.
  Duration longest_absence = Duration::max();
};

struct MicrophoneOptions {
  /// As `list_devices()` names it, or "alsa:" and a name of ALSA's; empty means the default microphone.
  /// "libavdevice:" before it takes libavdevice instead of the library's own reader, which ends where that
  /// waits. Default: empty.
  std::string device = {};
  /// How long the microphone may be away (unplugged, its server gone) before `read` throws. Default: as long
  /// as it takes.
  Duration longest_absence = Duration::max();
};

struct ScreenOptions {
  /// An X display such as ":0.0"; empty means $DISPLAY. Default: empty.
  std::string device = {};
  /// Frames a second. Default: 5.
  double rate = 5.0;
};

/// Opens on construction and closes on destruction: the camera's light is on for exactly that time. Throws
/// `DeviceError` with advice when it cannot be had.
///
/// A camera that is unplugged or freezes is waited for, and taken up again when the same one is back; between
/// its last picture and the next there is a hole in time. `read` throws `DeviceError{lost}` when it is
/// stopped while the camera is away, or is away for too long, and `DeviceError{failed}` when a camera gives
/// no picture within 5 s of the first `read`.
class INVIGIL_API Camera final : public Source<RawFrame> {
 public:
  explicit Camera(CameraOptions options = {});
  ~Camera() override;
  Camera(Camera&&) noexcept;
  Camera& operator=(Camera&&) noexcept;
  std::optional<RawFrame> read(std::stop_token stop) override;
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] std::string name() const override;
  /// To be asked while a session owns the camera, and after.
  [[nodiscard]] std::shared_ptr<const CaptureMonitor> monitor() const;
  /// What happens to it, as flags: `virtual_camera` with the first picture when its name or driver is that of
  /// a program which plays a camera, `camera_lost` for every absence, once it is over, and at the end
  /// `frames_dropped` when pictures were lost. Add it to the session that takes the camera. Once.
  [[nodiscard]] std::unique_ptr<Source<Flag>> flags();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Blocks of about 20 ms on the session's clock. They come up to a second late while the timestamps of a
/// microphone that was opened settle, and the last ones after the stop: none is lost. One that is unplugged,
/// or whose sound server dies, is waited for as a camera is, and never replaced. Errors as for `Camera`.
class INVIGIL_API Microphone final : public Source<AudioBlock> {
 public:
  explicit Microphone(MicrophoneOptions options = {});
  ~Microphone() override;
  Microphone(Microphone&&) noexcept;
  Microphone& operator=(Microphone&&) noexcept;
  std::optional<AudioBlock> read(std::stop_token stop) override;
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] std::string name() const override;
  /// As of a camera; what it counts are runs of sound, of about 20 ms.
  [[nodiscard]] std::shared_ptr<const CaptureMonitor> monitor() const;
  /// `microphone_lost` for every absence, once it is over, and at the end `frames_dropped` when sound was
  /// lost. Add it to the session that takes the microphone. Once.
  [[nodiscard]] std::unique_ptr<Source<Flag>> flags();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The whole screen, also once its size has changed: all pictures have the size of the first. Raw like a
/// camera's picture: a document may be shown on it. `read` throws `DeviceError{lost}` when the X server ends.
class INVIGIL_API Screen final : public Source<RawFrame> {
 public:
  explicit Screen(ScreenOptions options = {});
  ~Screen() override;
  Screen(Screen&&) noexcept;
  Screen& operator=(Screen&&) noexcept;
  std::optional<RawFrame> read(std::stop_token stop) override;
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] std::string name() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Everything that can be opened here, without opening it.
[[nodiscard]] INVIGIL_API std::vector<Device> list_devices();

}  // namespace invigil
