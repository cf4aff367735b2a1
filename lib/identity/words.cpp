#include "identity/words.hpp"

#include "identity/tesseract.hpp"
#include "identity/wiped.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string_view>
#include <utility>

#include <opencv2/imgproc.hpp>

namespace invigil::identity {

namespace {

constexpr float confident = 80;          // of 100, as Tesseract counts
constexpr std::size_t shortest = 3;      // letters
constexpr std::size_t unmistakable = 2;  // of them, that no digit is taken for
constexpr std::string_view like_digits = "OoDQCcIiLlJjTtZzEASsGbBgqy";
constexpr std::string_view around = ".,:;()'\"-";
constexpr double narrow = 0.25, wide = 1.15;  // a letter's width in heights of the word's box
constexpr double gap = 0.55;                  // in heights: a space, or something that was not read
constexpr double border = 0.1;                // in heights, that is shown around a word
constexpr double second_size = 1.25;          // of the second reading

/// What Tesseract sees at one go; words that are not sure have no text.
std::vector<Word> read([[maybe_unused]] Tesseract& tesseract, const cv::Mat& luma) {
  std::vector<Word> words;
  tesseract.each_word(luma, [&](std::string_view text, float confidence, const cv::Rect& box) {
    words.push_back({box, confidence >= confident ? letters_of(std::string{text}) : std::string{}});
  });
  return words;
}

/// Whether letters of that number fill the box: not too few for its length, no gap between them.
bool fills(const cv::Mat& luma, const Word& word) {
  const cv::Rect box = word.box & cv::Rect(cv::Point(), luma.size());
  if (box.width < 3 || box.height < 3) return false;
  const double each = static_cast<double>(box.width) / static_cast<double>(word.text.size()) / box.height;
  if (each < narrow || each > wide) return false;
  cv::Mat dark, column;
  cv::threshold(luma(box), dark, 0, 255, cv::THRESH_BINARY_INV | cv::THRESH_OTSU);
  cv::reduce(dark, column, 0, cv::REDUCE_MAX);
  int empty = 0;
  for (int x = 0; x < column.cols; ++x) {
    empty = column.at<std::uint8_t>(x) ? 0 : empty + 1;
    if (empty > gap * box.height) return false;
  }
  return true;
}

bool touch(const cv::Rect& a, const cv::Rect& b) { return (a & b).area() > 0; }

/// Leaves out what is not sure, and what touches such.
std::vector<Word> sure_of(std::vector<Word> words, const cv::Mat& luma) {
  std::vector<Word> sure;
  for (const auto& word : words) {
    const bool alone = std::all_of(words.begin(), words.end(), [&](const Word& other) {
      return &other == &word || !touch(word.box, other.box);
    });
    if (!word.text.empty() && alone && fills(luma, word)) sure.push_back(word);
  }
  return sure;
}

cv::Rect scaled(const cv::Rect& r, double by) {
  return {cv::Point(cvFloor(r.x * by), cvFloor(r.y * by)),
          cv::Point(cvCeil(r.br().x * by), cvCeil(r.br().y * by))};
}

/// Accents and the ends of strokes stand out of Tesseract's boxes; spaces are three times as wide as this.
cv::Rect bordered(const cv::Rect& r) {
  const int by = cvRound(r.height * border);
  return {r.x - by, r.y - by, r.width + 2 * by, r.height + 2 * by};
}

}  // namespace

std::string letters_of(const std::string& text) {
  const auto first = text.find_first_not_of(around), last = text.find_last_not_of(around);
  if (first == std::string::npos) return {};
  std::string letters = text.substr(first, last - first + 1);
  std::size_t count = 0, clear = 0;
  for (const char c : letters) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x80) {  // a letter with an accent, whose later bytes start with the bits 10
      count += (u & 0xC0) != 0x80;
      continue;
    }
    if (c == '-' || c == '\'') continue;
    if (!std::isalpha(u)) return {};
    ++count;
    clear += like_digits.find(c) == std::string_view::npos;
  }
  return count >= shortest && clear >= unmistakable ? letters : std::string{};
}

struct WordReader::Impl {
  Tesseract tesseract{"eng"};
};

WordReader::WordReader() : impl_(std::make_unique<Impl>()) {}
WordReader::~WordReader() = default;
bool WordReader::ready() const { return impl_->tesseract.ready(); }

std::vector<Word> WordReader::sure_words(const cv::Mat& luma, double zoom) {
  if (!ready() || luma.empty()) return {};
  cv::Mat large;
  cv::resize(luma, large, {}, zoom, zoom, cv::INTER_CUBIC);
  const Wiped wiped{large};
  const auto first = sure_of(read(impl_->tesseract, large), large);
  cv::Mat sheet(large.size(), CV_8U, cv::Scalar(235));
  for (const auto& word : first) {
    const cv::Rect box = word.box & cv::Rect(cv::Point(), large.size());
    large(box).copyTo(sheet(box));
  }
  cv::Mat again;
  cv::resize(sheet, again, {}, second_size, second_size, cv::INTER_CUBIC);
  const Wiped wiped_sheet{sheet}, wiped_again{again};
  const auto second = read(impl_->tesseract, again);
  std::vector<Word> sure;
  for (const auto& word : first) {
    const cv::Rect there = scaled(word.box, second_size);
    int same = 0, other = 0;
    for (const auto& w : second)
      if (touch(w.box, there)) ++(w.text == word.text ? same : other);
    if (same == 1 && other == 0) sure.push_back({scaled(bordered(word.box), 1 / zoom), word.text});
  }
  return sure;
}

}  // namespace invigil::identity
