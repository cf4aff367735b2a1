#include "identity/kept_still.hpp"

#include "idcard/fill.hpp"
#include "identity/printed_type.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <opencv2/imgproc.hpp>

namespace invigil::identity {

namespace {

/// On TD3 pages nothing but names stands in 38 to 73 mm by 12 to 32 mm: on 30 passports no number touched it.
/// A millimetre and more is taken off, because the page's place is extrapolated from its zone; the same as in
/// live video.
const cv::Rect2d passport_name{39, 14, 31, 17};
constexpr double above_zone = 24.5;  // millimetres from the lower edge, where ICAO 9303-4 lets the zone begin
constexpr double capital = 25;       // pixels, as Tesseract reads best
constexpr double capital_of_statements = 2.5, capital_of_cards = 1.8;  // millimetres
constexpr std::size_t few = 5;       // words: so few may mean that a page is upside down
constexpr std::size_t shortest = 3;  // letters that a printed word and a name must have in common

struct Window {
  ShownPart::What what;
  cv::Rect box;
};

cv::Rect2d portrait_window(const Box& face) {
  const double w = static_cast<double>(face.width), h = static_cast<double>(face.height);
  return {static_cast<double>(face.x) - 0.3 * w, static_cast<double>(face.y) - 0.4 * h, 1.6 * w, 1.7 * h};
}

/// What of the page holds no machine readable zone.
cv::Rect2d above(const DocumentView& view) {
  cv::Rect2d open(0, 0, view.straight->cols, view.straight->rows);
  if (view.zone) open.height = (view.size.height - above_zone) * view.scale;
  return open;
}

void add(std::vector<Window>& windows, ShownPart::What what, const cv::Rect2d& r, const DocumentView& view) {
  const cv::Rect2d part = r & above(view);
  const cv::Rect window(cvCeil(part.x), cvCeil(part.y), cvFloor(part.width) - 1, cvFloor(part.height) - 1);
  if (window.width > 4 && window.height > 4) windows.push_back({what, window});
}

bool is_name(const std::string& word, const std::vector<std::string>& names) {
  const std::string upper = capitals(word);
  return upper.size() >= shortest && std::find(names.begin(), names.end(), upper) != names.end();
}

std::vector<Word> words_on(const DocumentView& view, WordReader& reader) {
  cv::Mat luma;
  cv::cvtColor(*view.straight, luma, cv::COLOR_RGB2GRAY);
  const Wiped wiped{luma};
  const double high = view.statement ? capital_of_statements : capital_of_cards;
  return reader.sure_words(luma, capital / (high * view.scale));
}

/// Turned by half a turn, or mirrored.
void turn(DocumentView& view, bool mirror) {
  cv::Mat other;
  cv::flip(*view.straight, other, mirror ? 1 : -1);
  view.straight = other;
  view.page = view.page * (mirror ? cv::Matx33d(-1, 0, view.size.width, 0, 1, 0, 0, 0, 1)
                                  : cv::Matx33d(-1, 0, view.size.width, 0, -1, view.size.height, 0, 0, 1));
}

/// The words of a page; a statement is turned to where it has most.
std::vector<Word> upright_words(DocumentView& view, WordReader& reader) {
  auto words = words_on(view, reader);
  if (!view.statement || !reader.ready()) return words;
  for (const bool mirror : {false, true, false}) {
    if (words.size() >= few) break;
    turn(view, mirror);
    if (auto other = words_on(view, reader); other.size() > words.size()) words = std::move(other);
  }
  return words;
}

std::vector<Window> windows_of(const DocumentView& view, const std::vector<Word>& words,
                               const std::vector<std::string>& names, Cover cover) {
  using What = ShownPart::What;
  std::vector<Window> windows;
  if (cover == Cover::whole_document) return windows;
  if (view.portrait) add(windows, What::portrait, portrait_window(view.portrait->box), view);
  for (const auto& word : words) {
    const bool name = is_name(word.text, names);
    if (name || view.statement) add(windows, name ? What::name : What::words, word.box, view);
  }
  if (view.zone && view.zone->format == idcard::MrzFormat::td3) {
    const double s = view.scale;
    add(windows, What::name,
        {passport_name.x * s, passport_name.y * s, passport_name.width * s, passport_name.height * s}, view);
  }
  return windows;
}

cv::Mat with_windows(const cv::Mat& page, const std::vector<Window>& windows, int ground) {
  cv::Mat still(page.size(), CV_8UC3, cv::Scalar::all(ground));
  for (const auto& w : windows) page(w.box).copyTo(still(w.box));
  return still;
}

/// Closes windows until the second look sees no number any more.
void close_numbers(const cv::Mat& page, std::vector<Window>& windows, SecondLook& look) {
  const auto closed = [&](const std::vector<cv::Rect>& numbers) {
    return std::erase_if(windows, [&](const Window& w) {
      return std::any_of(numbers.begin(), numbers.end(),
                         [&](const auto& n) { return (n & w.box).area() > 0; });
    });
  };
  for (const int ground : {int{idcard::cover_rgb}, 230})
    while (!windows.empty()) {
      const Wiped still{with_windows(page, windows, ground)};
      const auto numbers = look.numbers(still);
      if (numbers.empty()) break;
      if (closed(numbers) == 0) windows.clear();
    }
}

}  // namespace

std::vector<std::string> names_in(const idcard::MrzText& text, idcard::MrzFormat format) {
  using idcard::MrzFormat;
  const auto line = text.line(format == MrzFormat::td1 ? 2 : 0, idcard::length_of(format));
  const auto name = format == MrzFormat::td1 ? line : line.substr(5);
  std::vector<std::string> names(1);
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z')
      names.back().push_back(c);
    else if (!names.back().empty())
      names.emplace_back();
  }
  std::erase_if(names, [](const auto& n) { return n.size() < shortest; });
  return names;
}

RgbPicture picture_of(const cv::Mat& rgb) {
  const cv::Mat whole = rgb.isContinuous() ? rgb : rgb.clone();
  return {whole.cols, whole.rows, {whole.datastart, whole.datastart + whole.total() * whole.elemSize()}};
}

IdentifiedDocument Keeper::kept(DocumentView& view, const std::vector<std::string>& names) {
  const auto read = upright_words(view, words);
  auto windows = windows_of(view, read, names, cover);
  close_numbers(view.straight, windows, second);
  IdentifiedDocument document;
  document.numbers_concealed = true;  // what the second look saw is covered by now
  document.type = view.statement ? DocumentType::statement : printed_type(read);
  if (view.zone) {
    document.type = view.zone->type;
    document.mrz_checks_passed = view.zone->checks_passed;
    document.mrz_checks = view.zone->checks;
  }
  document.still = picture_of(with_windows(view.straight, windows, idcard::cover_rgb));
  for (const auto& w : windows) {
    const cv::Rect2f box(w.box);
    document.shown.push_back({w.what, {box.x, box.y, box.width, box.height}});
  }
  const auto corners = corners_of(view);
  std::transform(corners.begin(), corners.end(), document.corners.begin(), [](const auto& c) {
    return Point{c.x, c.y};
  });
  return document;
}

}  // namespace invigil::identity
