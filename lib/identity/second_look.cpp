#include "identity/second_look.hpp"

#include "idcard/mrz_glyphs.hpp"
#include "idcard/mrz_text.hpp"
#include "identity/tesseract.hpp"
#include "identity/wiped.hpp"

#include <algorithm>
#include <cctype>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace invigil::identity {

namespace {

constexpr std::size_t many = 4;  // digits in a row that are a number

/// Digits that follow each other; spaces and what parts groups of digits do not count.
bool holds_number(std::string_view text) {
  std::size_t run = 0;
  for (const char c : text) {
    if (c == ' ' || c == '-' || c == '.' || c == '/') continue;
    run = std::isdigit(static_cast<unsigned char>(c)) ? run + 1 : 0;
    if (run >= many) return true;
  }
  return false;
}

/// Dark places of the size of characters, from left to right. The still is straight, so lines are level.
std::vector<cv::Rect> marks_in(const cv::Mat& luma) {
  cv::Mat dark, labels, stats, centroids;
  cv::adaptiveThreshold(luma, dark, 255, cv::ADAPTIVE_THRESH_MEAN_C, cv::THRESH_BINARY_INV, 31, 12);
  const int count = cv::connectedComponentsWithStats(dark, labels, stats, centroids, 8, CV_32S);
  std::vector<cv::Rect> marks;
  for (int k = 1; k < count; ++k) {
    const int* s = stats.ptr<int>(k);
    const cv::Rect r(s[cv::CC_STAT_LEFT], s[cv::CC_STAT_TOP], s[cv::CC_STAT_WIDTH], s[cv::CC_STAT_HEIGHT]);
    if (r.height >= 7 && r.height <= 70 && r.width <= r.height * 1.2 && r.width >= 2) marks.push_back(r);
  }
  std::sort(marks.begin(), marks.end(),
            [](const cv::Rect& l, const cv::Rect& r) { return std::pair(l.x, l.y) < std::pair(r.x, r.y); });
  return marks;
}

/// Marks of one height that follow each other on one line.
std::vector<std::vector<cv::Rect>> rows_of(const std::vector<cv::Rect>& marks) {
  std::vector<std::vector<cv::Rect>> rows;
  for (const auto& m : marks) {
    const auto follows = [&](const std::vector<cv::Rect>& row) {
      const cv::Rect& last = row.back();
      return std::abs(m.y + m.br().y - last.y - last.br().y) < last.height * 0.5 &&
             std::abs(m.height - last.height) < 0.3 * last.height && m.x - last.br().x < 1.2 * last.height &&
             m.x > last.x + last.width / 2;
    };
    const auto row = std::find_if(rows.begin(), rows.end(), follows);
    if (row == rows.end())
      rows.push_back({m});
    else
      row->push_back(m);
  }
  return rows;
}

/// The mark as the net expects it: a capital is 11 of the cell's 20 pixels high.
cv::Mat cell_around(const cv::Mat& luma, const cv::Rect& mark) {
  const double step = mark.height / 11.0;
  const double x = mark.x + (mark.width - 1) / 2.0 - step * (idcard::glyph_width - 1) / 2.0,
               y = mark.y + (mark.height - 1) / 2.0 - step * (idcard::glyph_height - 1) / 2.0;
  cv::Mat cell, soft = luma;
  if (step > 1.5) cv::GaussianBlur(luma, soft, {}, step * 0.4);
  cv::warpAffine(soft, cell, cv::Matx23d(step, 0, x, 0, step, y), {idcard::glyph_width, idcard::glyph_height},
                 cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  return cell;
}

void glyphs_see_numbers(idcard::Glyphs& glyphs, const cv::Mat& luma, std::vector<cv::Rect>& numbers) {
  for (const auto& row : rows_of(marks_in(luma))) {
    if (row.size() < many) continue;
    std::vector<cv::Mat> cells;
    for (const auto& mark : row) {
      const cv::Rect near = cv::Rect(mark.x - mark.height, mark.y - mark.height, mark.width + 2 * mark.height,
                                     3 * mark.height) &
                            cv::Rect(cv::Point(), luma.size());
      cells.push_back(cell_around(luma(near), mark - near.tl()));
    }
    cv::Mat_<float> scores = glyphs.look(cells);
    std::string text;
    for (int k = 0; k < scores.rows; ++k) {
      // Whether the mark is a character is not asked: its row says so.
      const auto best = std::max_element(scores[k], scores[k] + scores.cols - 1) - scores[k];
      const bool clear = scores(k, static_cast<int>(best)) > -1.8F;
      text.push_back(clear ? idcard::mrz_alphabet[static_cast<std::size_t>(best)] : ' ');
    }
    // 0 and O, 1 and I are one mark when nothing tells where digits must be.
    std::replace(text.begin(), text.end(), 'O', '0');
    std::replace(text.begin(), text.end(), 'I', '1');
    if (holds_number(text))
      numbers.push_back(std::accumulate(row.begin(), row.end(), row.front(), std::bit_or<>{}));
    idcard::wipe(text.data(), text.size());
    idcard::wipe(scores.data, scores.total() * sizeof(float));
  }
}

}  // namespace

struct SecondLook::Impl {
  idcard::Glyphs glyphs;
  Tesseract tesseract{"ocrb"};
};

SecondLook::SecondLook()
    : impl_(std::make_unique<Impl>()),
      name_(impl_->tesseract.ready() ? "tesseract (ocrb)" : "own glyph reader") {}
SecondLook::~SecondLook() = default;

std::vector<cv::Rect> SecondLook::numbers(const cv::Mat& rgb) {
  cv::Mat luma;
  cv::cvtColor(rgb, luma, cv::COLOR_RGB2GRAY);
  const Wiped wiped{luma};
  std::vector<cv::Rect> numbers;
  impl_->tesseract.each_line(luma, [&](std::string_view text, float, const cv::Rect& box) {
    if (holds_number(text)) numbers.push_back(box);
  });
  glyphs_see_numbers(impl_->glyphs, luma, numbers);
  return numbers;
}

}  // namespace invigil::identity
