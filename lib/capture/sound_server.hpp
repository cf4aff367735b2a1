// What the sound system offers, through libavdevice: where the library's own backends are not built.
#pragma once

#include "capture/sound_source.hpp"

#include <optional>
#include <vector>

namespace invigil::capture {

/// The microphones of the sound server; none when there is no server. What merely listens to a loudspeaker (a
/// monitor) is in the list, but never standard.
[[nodiscard]] std::optional<std::vector<SoundSource>> sound_server_sources();
[[nodiscard]] std::vector<SoundSource> alsa_sources();
/// alsa-lib writes to standard error by itself, which a library must not.
void silence_alsa();

}  // namespace invigil::capture
