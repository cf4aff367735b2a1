// Microphones of a PulseAudio server, or of PipeWire in its place.
#pragma once

#include "capture/sound_node.hpp"
#include "capture/sound_source.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace invigil::capture {

/// The server's sources; none when there is no server.
[[nodiscard]] std::optional<std::vector<SoundSource>> pulse_sources();
/// The way to one of them, by its name. The server may move it to no other source.
[[nodiscard]] std::unique_ptr<SoundPort> pulse_port(const std::string& source);

}  // namespace invigil::capture
