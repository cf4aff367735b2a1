// The text of a machine readable zone: layouts, check digits, and the likeliest reading of a classifier's
// scores. Text never leaves these objects, which wipe it.
#pragma once

#include "idcard/mrz_sight.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// The symbols in the order of the classifier's outputs; one more stands for "no character".
inline constexpr std::string_view mrz_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<";

/// Overwrites memory in a way that the compiler does not leave out.
void wipe(void* data, std::size_t size) noexcept;

/// Up to 3 lines of up to 44 characters, overwritten when it goes.
class MrzText {
 public:
  MrzText() = default;
  MrzText(const MrzText&) = default;
  MrzText& operator=(const MrzText&) = default;
  ~MrzText() { wipe(characters_.data(), characters_.size()); }
  [[nodiscard]] char at(int line, int k) const { return characters_[index(line, k)]; }
  void set(int line, int k, char c) { characters_[index(line, k)] = c; }
  [[nodiscard]] std::string_view line(int line, int length) const {
    return {&characters_[index(line, 0)], static_cast<std::size_t>(length)};
  }

 private:
  static std::size_t index(int line, int k) { return static_cast<std::size_t>(line * 44 + k); }
  std::array<char, 3 * 44> characters_{};
};

/// ICAO 9303-3, 4.9: weights 7, 3, 1, sum modulo 10; 0-9 count as such, A-Z as 10 to 35, < as 0.
[[nodiscard]] int check_digit(std::string_view text);

[[nodiscard]] int lines_of(MrzFormat format);
[[nodiscard]] int length_of(MrzFormat format);

/// Check digits that fit, and all that the format has.
struct MrzChecks {
  int passed = 0, all = 0;
};
[[nodiscard]] MrzChecks checks_of(const MrzText& text, MrzFormat format);

[[nodiscard]] DocumentType type_of(const MrzText& text, MrzFormat format);

struct MrzReading {
  MrzText text;
  MrzFormat format = MrzFormat::td3;
  MrzChecks checks;
  double mean_log = -100;  ///< Mean logarithm of the characters' probabilities.
  double first_log = -6;   ///< Of the first character, which tells the document's kind.
  /// What readings of the same cells are compared by.
  [[nodiscard]] double score() const { return mean_log + 0.15 * first_log + 0.3 * checks.passed; }
};

/// The likeliest text in `format`. scores: log probabilities, a row a character, 38 columns; line l's
/// character k is row l * stride + first + k. Positions allow only what the layout does: 0 for O where a
/// digit must be, and so on. Where a number's check digit does not fit, one of its characters that are easily
/// taken for each other is exchanged if that makes it fit.
[[nodiscard]] MrzReading read_as(MrzFormat format, const cv::Mat_<float>& scores, int stride, int first);

}  // namespace invigil::idcard
