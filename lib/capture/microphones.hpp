// Which microphones there are.
#pragma once

#include "capture/sound_source.hpp"

#include <vector>

namespace invigil::capture {

/// By the names that `MicrophoneOptions::device` takes, "pulse:..." or "alsa:...".
[[nodiscard]] std::vector<SoundSource> find_microphones();

}  // namespace invigil::capture
