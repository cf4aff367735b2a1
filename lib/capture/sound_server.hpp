// What the sound system offers, through libavdevice.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace invigil::capture {

struct SoundSource {
  std::string id, name;
  bool standard = false;  ///< The one to take when none is named.
};

/// The microphones of the sound server; none when there is no server. What merely listens to a loudspeaker (a
/// monitor) is in the list, but never standard.
[[nodiscard]] std::optional<std::vector<SoundSource>> sound_server_sources();
[[nodiscard]] std::vector<SoundSource> alsa_sources();
[[nodiscard]] bool alsa_has_cards();
/// alsa-lib writes to standard error by itself, which a library must not.
void silence_alsa();

}  // namespace invigil::capture
