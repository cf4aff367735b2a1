#include "score/negative_binomial.hpp"

#include <cmath>
#include <cstddef>

namespace invigil {

namespace {

/// ln(e^a + e^b), without overflow.
double log_add(double a, double b) {
  const double high = std::fmax(a, b);
  return high + std::log1p(std::exp(std::fmin(a, b) - high));
}

/// The tail from `n` on, in logarithms, given ln pmf(n). The terms fall at last by the factor `odds`; a tail
/// so heavy that the sum overflows is no surprise, and +inf says so.
double log_tail(double log_pmf, double shape, double odds, int n) {
  double sum = 1, term = 1;
  for (int k = n; term > sum * 1e-17; ++k) {
    term *= (k + shape) / (k + 1.0) * odds;
    sum += term;
  }
  return log_pmf + std::log(sum);
}

}  // namespace

std::vector<double> surprise_of_at_least(double shape, double odds, int most) {
  std::vector<double> log_pmf{shape * std::log1p(-odds)};
  for (int k = 0; k < most; ++k) log_pmf.push_back(log_pmf.back() + std::log((k + shape) / (k + 1.0) * odds));
  std::vector<double> surprise(log_pmf.size());
  double tail = log_tail(log_pmf.back(), shape, odds, most);
  surprise.back() = std::fmax(0, -tail);
  // Summed from the small end: 1 - P[N < n] would lose every digit of a small probability.
  for (std::size_t n = log_pmf.size() - 1; n-- > 0;) {
    tail = log_add(tail, log_pmf[n]);
    surprise[n] = std::fmin(std::fmax(0, -tail), surprise[n + 1]);  // rounding must not make it fall
  }
  surprise.front() = 0;
  return surprise;
}

}  // namespace invigil
