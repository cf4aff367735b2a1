// Microphones of the kernel's own sound cards, without a sound server.
#pragma once

#include "capture/sound_node.hpp"
#include "capture/sound_source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace invigil::capture {

/// What can be heard from, each by its card's name: it stays the same however often it is unplugged.
[[nodiscard]] std::vector<SoundSource> alsa_microphones();
/// `device`: as ALSA names it, e.g. "default" or "plughw:CARD=Camera,DEV=0".
[[nodiscard]] std::unique_ptr<SoundPort> alsa_port(const std::string& device);

}  // namespace invigil::capture
