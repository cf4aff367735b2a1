// What is known before the first picture.
#pragma once

#include <invigil/analysis.hpp>
#include <invigil/flag.hpp>

#include <vector>

namespace invigil::behaviour {

[[nodiscard]] std::vector<Flag> flags_at_start(const AnalysisOptions& options);

}  // namespace invigil::behaviour
