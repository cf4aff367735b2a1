// From flags to a number that orders reviews, taken apart into what it is made of.
#pragma once

#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/policy.hpp>

#include <string>
#include <vector>

namespace invigil {

/// One flag and what it added.
struct Contribution {
  Flag flag;
  double points = 0;
};

enum class Level { low, medium, high };
[[nodiscard]] INVIGIL_API std::string_view to_string(Level level) noexcept;

/// How much there is to review, never a verdict. `value` is the sum of `because` in its order, to the last
/// bit.
struct Score {
  double value = 0;
  Level level = Level::low;
  /// Behaviour flags in order of their begin, each with its points.
  std::vector<Contribution> because;
  /// What could not be seen, and milestones: weigh nothing.
  std::vector<Flag> technical;
};

/// How many times a flag counts in a rate: as often as it was merged of, and once more for each 15 s that it
/// lasts; 1 to 200.
[[nodiscard]] INVIGIL_API int times_counted(const Flag& flag);

/// Scores flags in any order. Deterministic; see lib/score/README.md for the formulas and their sources.
[[nodiscard]] INVIGIL_API Score score(std::vector<Flag> flags, const Policy& policy = {});

}  // namespace invigil
