// Two or three lines of print that may be a machine readable zone.
#pragma once

#include "idcard/mrz_lines.hpp"

#include <optional>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// Parallel lines whose characters stand in columns.
struct Zone {
  std::vector<PrintLine> lines;  ///< From one side to the other; which is the upper one, nobody knows yet.
  std::vector<int> shifts;       ///< Column of each line's first character.
  int count = 0;                 ///< Columns that have characters: 0 to count - 1.
  cv::Matx33d grid;              ///< From (column, line) to pixels of the picture.
  double spacing = 0;            ///< Between lines, in pitches.
  double pitch = 0;              ///< Pixels between characters, the median.
  double residual = 0;           ///< Of the lines against `grid`: root mean square, pixels.
};

/// The zones in a picture that are seen at these levels, likeliest first.
[[nodiscard]] std::vector<Zone> zones_in(const Pyramid& pyramid, Levels levels = {});

}  // namespace invigil::idcard
