// How often the net looks.
#pragma once

#include <invigil/time.hpp>

#include <chrono>

namespace invigil::idcard {

struct Pace {
  /// Pictures between looks at the whole.
  int every = 4;
  /// As long at most between two looks, for slow sources.
  Duration longest_gap = std::chrono::milliseconds{150};
  /// As long at most while nothing changes: less than the hold, in which a document must be seen again.
  Duration longest_rest = std::chrono::milliseconds{300};
  /// Details of what changed, and every picture for a while once something is suspected.
  bool thorough = true;
};

}  // namespace invigil::idcard
