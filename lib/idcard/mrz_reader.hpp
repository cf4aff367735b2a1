// Reads the machine readable zone of a document in a picture, at any angle, without the net that finds
// documents.
#pragma once

#include "idcard/mrz_glyphs.hpp"
#include "idcard/mrz_sight.hpp"
#include "idcard/mrz_text.hpp"
#include "idcard/mrz_zone.hpp"

#include <optional>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// Not for concurrent use.
class MrzReader {
 public:
  /// The likeliest zone in an 8-bit luma picture, of 2 or 3 lines of characters 3 to 60 pixels apart; nothing
  /// when there is none with a check digit that fits. within: if given, only what lies in its box. Callers
  /// that cover or reveal ask `sure()` too. levels: of the picture's pyramid; the smallest print is seen at
  /// level 0, twice as large at level 2, and so on. All of 720p takes some 15 ms, 25 with a zone.
  [[nodiscard]] std::optional<MrzSight> read(const cv::Mat& luma, const Polygon* within = nullptr,
                                             Levels levels = {});

  /// The same with the text, for tests and for comparing; it is wiped when it goes.
  struct Read {
    MrzSight sight;
    MrzText text;
    double score = 0;
  };
  [[nodiscard]] std::optional<Read> read_text(const cv::Mat& luma, const Polygon* within = nullptr,
                                              Levels levels = {});

 private:
  std::optional<Read> read_zone(const Pyramid& pyramid, const Zone& zone);
  Glyphs glyphs_;
};

}  // namespace invigil::idcard
