// What sound is evidence of.
#pragma once

#include "behaviour/raiser.hpp"

#include <invigil/observation.hpp>

namespace invigil::behaviour {

[[nodiscard]] RaiserOptions speech_options(Duration longer_than);
[[nodiscard]] RaiserOptions clipping_options(Duration longer_than);
[[nodiscard]] RaiserOptions muted_options(Duration longer_than);
[[nodiscard]] RaiserOptions near_silence_options(Duration longer_than);

[[nodiscard]] Evidence clipping(const Speech& heard);
[[nodiscard]] Evidence muted(const Speech& heard);
[[nodiscard]] Evidence near_silence(const Speech& heard);

}  // namespace invigil::behaviour
