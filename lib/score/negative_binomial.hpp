// How surprising is a count?
#pragma once

#include <vector>

namespace invigil {

/// -ln P[N >= n] for n = 0 ... most, where N is negative binomial: the count in a window of length w of a
/// Poisson process whose rate is Gamma(shape, b), with odds = w / (b + w) in (0, 1).
/// See Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.6.
[[nodiscard]] std::vector<double> surprise_of_at_least(double shape, double odds, int most);

}  // namespace invigil
