// The review page as a whole.
#pragma once

#include "review/model.hpp"

#include <string>

namespace invigil::review {

/// One HTML document that needs nothing else: no script, no request (its Content-Security-Policy forbids
/// both), readable without colour, in light and dark, on paper and on a phone. The same model gives the same
/// page.
[[nodiscard]] std::string page(const ReportModel& model);

}  // namespace invigil::review
