// The session as one picture: a lane for each kind of flag, what was seen, how loud it was, what is missing.
#pragma once

#include "review/model.hpp"

#include <string>

namespace invigil::review {

/// Inline SVG. Horizontal positions are percentages, so that the picture fits a phone and a wide screen while
/// its text keeps its size. Bars link to "#flag-N" (N = 1... in the order of `score.because`).
[[nodiscard]] std::string timeline(const ReportModel& model);

}  // namespace invigil::review
