// Redaction of pictures that go to detectors alone.
#pragma once

#include <invigil/idcard.hpp>

namespace invigil::idcard {

/// For five pictures a second that nobody keeps or sees: what matters is that a printed portrait is known to
/// be one. Looks at every second picture, and not in detail. Covers up to a second more before and after a
/// document is in view than live redaction does. Nothing but detectors may be given its frames.
[[nodiscard]] RedactIdCard for_detectors(Cover cover);

}  // namespace invigil::idcard
