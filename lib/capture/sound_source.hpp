// What a sound system offers, as it names it.
#pragma once

#include <string>
#include <vector>

namespace invigil::capture {

struct SoundSource {
  std::string id, name;
  bool standard = false;  ///< The one to take when none is named.
};

/// Marks the one of this id, or where that merely listens to a loudspeaker (a monitor), the first that does
/// not.
void choose_standard(std::vector<SoundSource>& sources, const std::string& id);

}  // namespace invigil::capture
