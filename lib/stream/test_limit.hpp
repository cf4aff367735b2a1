// README's examples run for 90 minutes; as tests they run for as long as the environment says.
#pragma once

#include <invigil/time.hpp>

#include <cstdlib>
#include <optional>

namespace invigil::detail {

/// `limit`, or $INVIGIL_TEST_LIMIT seconds if that is shorter; only in builds that have test hooks.
[[nodiscard]] inline std::optional<Duration> with_test_limit(std::optional<Duration> limit) {
#ifdef INVIGIL_TEST_HOOKS
  if (const char* text = std::getenv("INVIGIL_TEST_LIMIT")) {
    const Duration shorter = duration_from_seconds(std::strtod(text, nullptr));
    if (!limit || shorter < *limit) return shorter;
  }
#endif
  return limit;
}

}  // namespace invigil::detail
