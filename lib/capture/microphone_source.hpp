// A microphone, whichever backend reads it.
#pragma once

#include "capture/device_log.hpp"
#include "capture/sound_node.hpp"

#include <invigil/capture.hpp>

#include <chrono>
#include <memory>

namespace invigil::capture {

class MicrophoneSource : public Source<AudioBlock> {
 public:
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] virtual std::shared_ptr<DeviceLog> log() const = 0;
};

struct ListenOptions {
  Duration longest_absence = Duration::max();
  /// Opening takes at most this long. Default: 5 s.
  Duration open = std::chrono::seconds{5};
  /// A microphone that gives nothing for this long stands still; silence is something. Default: 1 s.
  Duration stall = std::chrono::seconds{1};
  /// The same for its first run. Default: 3 s.
  Duration begin = std::chrono::seconds{3};
  /// Between two looks whether it is there again. Default: 500 ms.
  Duration look = std::chrono::milliseconds{500};
  /// For the first sound of all. Default: 5 s.
  Duration first_sound = std::chrono::seconds{5};
};

/// Reads the microphone behind `port`. Throws `DeviceError` when it cannot be opened.
[[nodiscard]] std::unique_ptr<MicrophoneSource> read_microphone(std::unique_ptr<SoundPort> port,
                                                                const ListenOptions& options);

}  // namespace invigil::capture
