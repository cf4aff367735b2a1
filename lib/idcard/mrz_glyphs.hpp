// The small net that reads single characters.
#pragma once

#include <memory>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// A cell around a character as the net sees it: `glyph_pitch` pixels are the distance to the next character.
inline constexpr int glyph_pitch = 12, glyph_width = 16, glyph_height = 20;

/// How much each cell looks like each of A-Z, 0-9, <, and nothing of these (tools/redaction/glyphs.py). Its
/// weights are part of the library. Not for concurrent use.
class Glyphs {
 public:
  /// Throws `Error{model}` when OpenCV cannot load the weights.
  Glyphs();
  ~Glyphs();
  Glyphs(Glyphs&&) noexcept;
  Glyphs& operator=(Glyphs&&) noexcept;

  /// cells: N 8-bit pictures of glyph_width x glyph_height. Returns N x 38 natural logarithms of
  /// probabilities.
  [[nodiscard]] cv::Mat_<float> look(const std::vector<cv::Mat>& cells);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::idcard
