// One opened device: a thread that always takes what it gives, and a short queue.
#pragma once

#include "capture/clock.hpp"
#include "media/av.hpp"

#include <invigil/error.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace invigil::capture {

/// What libavdevice is to open.
struct Address {
  std::string what;    ///< "camera", "microphone" or "screen": for messages.
  std::string driver;  ///< libavdevice's name of the input, e.g. "v4l2".
  std::string device;
  std::vector<std::pair<std::string, std::string>> options;
  std::size_t queue = 8;  ///< Packets kept for a slow reader; then the oldest is lost, and counted.
  /// Its size may change while it is read: then, and once when it fails, it is opened anew.
  bool changes = false;
};

struct Captured {
  media::UniquePacket packet;
  Timestamp time{};
  std::uint64_t lost = 0;  ///< Packets lost since the one before.
  /// What it is decoded by; another one after the device was opened anew.
  std::shared_ptr<const AVCodecParameters> parameters;
};

/// Note [a device may hang]
/// A frozen camera or a suspended sound server blocks libavdevice inside its read, where nothing interrupts
/// it. So the reading thread owns what it needs, `read` only waits for the queue, and a thread that does not
/// come back within a second of closing is left behind with its device.
class Input {
 public:
  /// Throws `Error{device}` with advice, or `Error{unsupported}` when libavdevice lacks the driver.
  explicit Input(const Address& address);
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  /// As it was opened first.
  [[nodiscard]] const std::shared_ptr<const AVCodecParameters>& parameters() const;
  [[nodiscard]] const std::string& name() const;
  /// What was captured before the session began is left out. None when stopped. Throws `Error{device}` once
  /// the device is lost, or gives nothing for 5 s.
  [[nodiscard]] std::optional<Captured> read(const std::stop_token& stop);

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::shared_ptr<const AVCodecParameters> parameters_;
};

}  // namespace invigil::capture
