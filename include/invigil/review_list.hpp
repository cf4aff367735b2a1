// What a person looks at first, when there is not the time for all.
#pragma once

#include <invigil/export.hpp>
#include <invigil/score.hpp>
#include <invigil/time.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

namespace invigil {

struct ReviewBudget {
  /// Minutes of clips to watch an hour of session, above 0, at most 60. Default: 6.
  double minutes_per_hour = 6;
  /// Of the session. Default: until the last flag's evidence ends.
  Duration session{};
  /// Of a longer clip the first part is shown, above 0 s. Default: 60 s.
  Duration longest_clip = std::chrono::minutes{1};
};

/// One clip of the list.
struct ToReview {
  std::size_t index = 0;  ///< In `Score::because`.
  Timestamp begin{};
  Timestamp end{};
};

/// The clips to watch, the most telling first: in order of points, then of confidence, then of time, each
/// taken if what it adds still fits; where clips overlap, what they share is watched once. A flag without
/// points may be among them if there is time left. Throws `Error{argument}` for values out of range.
[[nodiscard]] INVIGIL_API std::vector<ToReview> review_list(const Score& score,
                                                            const ReviewBudget& budget = {});

}  // namespace invigil
