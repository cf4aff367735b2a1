// Cameras, microphones and screens.
#pragma once

#include <invigil/audio.hpp>
#include <invigil/export.hpp>
#include <invigil/frame.hpp>
#include <invigil/stream.hpp>

#include <memory>
#include <string>
#include <vector>

namespace invigil {

struct CameraOptions {
  /// As `list_devices()` names it; empty means the first camera. Default: empty.
  std::string device = {};
  /// Wanted size in pixels and rate in frames a second; the nearest that the camera offers is taken.
  /// Defaults: 1280 x 720 at 30.
  int width = 1280;
  int height = 720;
  double rate = 30.0;
};

struct MicrophoneOptions {
  /// As `list_devices()` names it; empty means the default microphone. Default: empty.
  std::string device = {};
};

struct ScreenOptions {
  /// An X display such as ":0.0"; empty means $DISPLAY. Default: empty.
  std::string device = {};
  /// Frames a second. Default: 5.
  double rate = 5.0;
};

/// Opens on construction and closes on destruction: the camera's light is on for exactly that time.
/// Throws `Error{device}` when it is absent, busy or forbidden, with advice; `read` throws it when it is
/// lost.
class INVIGIL_API Camera final : public Source<RawFrame> {
 public:
  explicit Camera(CameraOptions options = {});
  ~Camera() override;
  Camera(Camera&&) noexcept;
  Camera& operator=(Camera&&) noexcept;
  std::optional<RawFrame> read(std::stop_token stop) override;
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] std::string name() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Blocks of about 20 ms on the session's clock. Errors as for `Camera`.
class INVIGIL_API Microphone final : public Source<AudioBlock> {
 public:
  explicit Microphone(MicrophoneOptions options = {});
  ~Microphone() override;
  Microphone(Microphone&&) noexcept;
  Microphone& operator=(Microphone&&) noexcept;
  std::optional<AudioBlock> read(std::stop_token stop) override;
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] std::string name() const override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The whole screen. Raw like a camera's picture: a document may be shown on it.
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

enum class DeviceKind { camera, microphone, screen };

struct Device {
  DeviceKind kind = DeviceKind::camera;
  std::string id;                    ///< What the options' `device` takes.
  std::string name;                  ///< What the system calls it.
  std::vector<std::string> formats;  ///< E.g. "mjpeg 1280x720 30 fps".
};

/// Everything that can be opened here, without opening it.
[[nodiscard]] INVIGIL_API std::vector<Device> list_devices();

}  // namespace invigil
