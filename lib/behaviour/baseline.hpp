// What is usual for one candidate.
#pragma once

#include <invigil/time.hpp>

#include <chrono>
#include <vector>

namespace invigil::behaviour {

struct BaselineOptions {
  /// Where the spread of the first minute is not known yet.
  double usual_spread = 8;
  /// The spread is never taken to be smaller: nobody sits as still as that, nor is the measure so exact...
  double least_spread = 6;
  /// ...nor larger: a restless candidate is not beyond all measure.
  double most_spread = 10;
};

/// Median and spread (1.4826 times the median absolute deviation: the standard deviation of what is normally
/// distributed, Huber and Ronchetti, Robust Statistics, 2009) of the first 60 s of clean samples; it is fixed
/// from then on. Until then the median so far, with the usual spread.
class Baseline {
 public:
  explicit Baseline(BaselineOptions options = {}) : options_(options) {}

  /// A clean sample. A sample stands for the time until the next, a second at most.
  void add(double x, Timestamp time);
  /// How many spreads `x` is away from the median.
  [[nodiscard]] double deviation(double x) const;
  /// How far that can be trusted, in [0, 1]: half in the first 5 s, when there is little to compare with.
  [[nodiscard]] double quality() const;

 private:
  [[nodiscard]] bool complete() const;

  BaselineOptions options_;
  std::vector<double> seen_;
  Duration covered_{};
  Timestamp last_{};
  double median_ = 0;
  double spread_ = 0;
};

}  // namespace invigil::behaviour
