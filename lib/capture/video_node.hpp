// What the camera reader asks of the system, and no more: tests put a script in its place.
#pragma once

#include "media/av.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace invigil::capture {

/// What a camera was made to give.
struct StreamFormat {
  enum class Coding { raw, mjpeg, h264 };
  Coding coding = Coding::raw;
  AVPixelFormat pixels = AV_PIX_FMT_NONE;  ///< Of raw pictures.
  int width = 0, height = 0;
  int stride = 0;   ///< Bytes a row of the first plane; 0: no padding. Of raw pictures.
  double rate = 0;  ///< Frames a second; 0 when the driver does not say.
  bool full_range = false;
  bool bt709 = false;
};

/// A buffer that the driver has filled, ours until it is given back.
struct Filled {
  std::uint32_t index = 0;
  std::span<const std::uint8_t> bytes;
  std::chrono::microseconds stamp{};
  std::uint32_t sequence = 0;
  bool damaged = false;  ///< The driver says so.
};

/// One opened camera. Results are 0 or an errno. Closes when it is destroyed.
class VideoNode {
 public:
  VideoNode() = default;
  VideoNode(const VideoNode&) = delete;
  VideoNode& operator=(const VideoNode&) = delete;
  virtual ~VideoNode() = default;
  [[nodiscard]] virtual const StreamFormat& format() const = 0;
  /// Hands all buffers to the driver and starts the stream.
  [[nodiscard]] virtual int start() = 0;
  [[nodiscard]] virtual int stop() = 0;

  enum class Event { frame, nothing, gone };
  /// Never longer than it is told.
  [[nodiscard]] virtual Event wait(std::chrono::milliseconds at_most) = 0;
  /// The oldest filled buffer; EAGAIN when there is none after all.
  [[nodiscard]] virtual int take(Filled& filled) = 0;
  [[nodiscard]] virtual int give_back(const Filled& filled) = 0;
};

/// The way to one camera, wherever it is plugged in.
class CameraPort {
 public:
  CameraPort() = default;
  CameraPort(const CameraPort&) = delete;
  CameraPort& operator=(const CameraPort&) = delete;
  virtual ~CameraPort() = default;
  /// Opens the camera and sets its format, without starting it. Null, and why in `error`.
  [[nodiscard]] virtual std::unique_ptr<VideoNode> open(int& error) = 0;
  /// True as soon as a device has come or gone, false after `at_most`.
  [[nodiscard]] virtual bool await_change(std::chrono::milliseconds at_most) = 0;
  [[nodiscard]] virtual std::string name() const = 0;
};

}  // namespace invigil::capture
