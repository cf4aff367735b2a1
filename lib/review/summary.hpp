// From a recording's observations to the two strips of the timeline.
#pragma once

#include "review/model.hpp"

#include <string_view>
#include <vector>

namespace invigil::review {

struct Summary {
  std::vector<SeenRun> seen;
  std::vector<SoundSlice> sound;
};

/// `observations`: JSON lines as recorded. A line that does not parse is left out: the strips are an
/// overview, no evidence. `most_slices`: how many the session is cut into for the sound; fewer where
/// one would be shorter than 1/8 s.
[[nodiscard]] Summary summarise(std::string_view observations, Duration session,
                                std::size_t most_slices = 480);

}  // namespace invigil::review
