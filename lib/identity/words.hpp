// Words in a straightened page that are surely words, and no numbers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::identity {

struct Word {
  cv::Rect box;      ///< In pixels of the picture.
  std::string text;  ///< Letters alone.
};

// Note [when a word is shown]
// A number that is taken for a word would be shown, so three things must hold. Tesseract's reader of Latin
// script reads it, twice: on the page, and at another size on a sheet where nothing but such words is left.
// Both times it is at least three letters and nothing else but marks around them, two of them letters that no
// digit is ever taken for (8055 looks like Boss, not like Vos). And its box is about as long as its letters
// are, without a gap in which something could stand that was not read.
/// Not for concurrent use. Takes one to three seconds a page.
class WordReader {
 public:
  WordReader();
  ~WordReader();
  /// Whether Tesseract and its model eng.traineddata are there; without, no word is sure.
  [[nodiscard]] bool ready() const;
  /// luma: 8-bit, level, text upright. zoom: brings capital letters to some 25 pixels.
  [[nodiscard]] std::vector<Word> sure_words(const cv::Mat& luma, double zoom);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The letters of a word that can be no number: nothing when that is not sure. text: UTF-8.
[[nodiscard]] std::string letters_of(const std::string& text);

}  // namespace invigil::identity
