#include "idcard/mrz_text.hpp"

#include <algorithm>
#include <span>
#include <vector>

#if defined(__GNUC__) || defined(__clang__)
#define INVIGIL_KEEP_WRITES(p) __asm__ __volatile__("" : : "r"(p) : "memory")
#else
#define INVIGIL_KEEP_WRITES(p) static_cast<void>(p)
#endif

namespace invigil::idcard {

namespace {

using Set = std::uint64_t;  // bit k: mrz_alphabet[k]

constexpr Set set_of(std::string_view symbols) {
  Set set = 0;
  for (const char c : symbols) set |= Set{1} << mrz_alphabet.find(c);
  return set;
}
constexpr Set digits = set_of("0123456789"), filler = set_of("<"),
              capitals = set_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
constexpr Set letters = capitals | filler, any = letters | digits, check = digits,
              open_check = digits | filler, sex = set_of("MFX<");

/// Characters begin to end - 1 of a line.
struct Span {
  int line, begin, end;
};
struct Field : Span {
  Set allowed;
};
/// The digit at `line`, `at` covers the spans.
struct Check {
  int line, at;
  std::vector<Span> spans;
};
struct Layout {
  int lines, length;
  PageSize page;
  std::vector<Field> fields;
  std::vector<Check> checks;
  int number_line, number_check;  ///< Where a number's check digit is < when the number goes on behind it.
};

std::vector<Field> second_line(Set after, int end, Set number_check) {
  return {{{1, 0, 9}, any},      {{1, 9, 10}, number_check}, {{1, 10, 13}, letters},
          {{1, 13, 19}, digits}, {{1, 19, 20}, check},       {{1, 20, 21}, sex},
          {{1, 21, 27}, digits}, {{1, 27, 28}, check},       {{1, 28, end}, after}};
}

std::vector<Field> with(std::vector<Field> fields, std::initializer_list<Field> more) {
  fields.insert(fields.end(), more);
  return fields;
}

// ICAO 9303-4 to -7, section 4.2 each.
const Layout& layout(MrzFormat format) {
  static const Check number{1, 9, {{1, 0, 9}}}, birth{1, 19, {{1, 13, 19}}}, expiry{1, 27, {{1, 21, 27}}};
  static const Layout td1{3,
                          30,
                          {85.6, 53.98},
                          {{{0, 0, 1}, set_of("IAC")},
                           {{0, 1, 2}, any},
                           {{0, 2, 5}, letters},
                           {{0, 5, 14}, any},
                           {{0, 14, 15}, open_check},
                           {{0, 15, 30}, any},
                           {{1, 0, 6}, digits},
                           {{1, 6, 7}, check},
                           {{1, 7, 8}, sex},
                           {{1, 8, 14}, digits},
                           {{1, 14, 15}, check},
                           {{1, 15, 18}, letters},
                           {{1, 18, 29}, any},
                           {{1, 29, 30}, check},
                           {{2, 0, 30}, letters}},
                          {{0, 14, {{0, 5, 14}}},
                           {1, 6, {{1, 0, 6}}},
                           {1, 14, {{1, 8, 14}}},
                           {1, 29, {{0, 5, 30}, {1, 0, 7}, {1, 8, 15}, {1, 18, 29}}}},
                          0,
                          14};
  static const Layout td2{2,
                          36,
                          {105, 74},
                          with(second_line(any, 35, open_check),
                               {{{0, 0, 1}, set_of("IAC")}, {{0, 1, 36}, letters}, {{1, 35, 36}, check}}),
                          {number, birth, expiry, {1, 35, {{1, 0, 10}, {1, 13, 20}, {1, 21, 35}}}},
                          1,
                          9};
  static const Layout td3{
      2,
      44,
      {125, 88},
      with(
          second_line(any, 42, check),
          {{{0, 0, 1}, set_of("P")}, {{0, 1, 44}, letters}, {{1, 42, 43}, open_check}, {{1, 43, 44}, check}}),
      {number, birth, expiry, {1, 42, {{1, 28, 42}}}, {1, 43, {{1, 0, 10}, {1, 13, 20}, {1, 21, 43}}}},
      -1,
      -1};
  static const Layout mrv_a{
      2,
      44,
      {120, 80},
      with(second_line(any, 44, check), {{{0, 0, 1}, set_of("V")}, {{0, 1, 44}, letters}}),
      {number, birth, expiry},
      -1,
      -1};
  static const Layout mrv_b{
      2,
      36,
      {105, 74},
      with(second_line(any, 36, check), {{{0, 0, 1}, set_of("V")}, {{0, 1, 36}, letters}}),
      {number, birth, expiry},
      -1,
      -1};
  // Decree 55-1397 in its version of 1988 and what is printed on the specimens: number 12, name and date of
  // birth in the second line.
  static const Layout french{
      2,
      36,
      {105, 74},
      {{{0, 0, 1}, set_of("I")},
       {{0, 1, 2}, set_of("D")},
       {{0, 2, 30}, letters},
       {{0, 30, 36}, any},
       {{1, 0, 12}, any},
       {{1, 12, 13}, check},
       {{1, 13, 27}, letters},
       {{1, 27, 33}, digits},
       {{1, 33, 34}, check},
       {{1, 34, 35}, sex},
       {{1, 35, 36}, check}},
      {{1, 12, {{1, 0, 12}}}, {1, 33, {{1, 27, 33}}}, {1, 35, {{0, 0, 36}, {1, 0, 35}}}},
      -1,
      -1};
  switch (format) {
    case MrzFormat::td1:
      return td1;
    case MrzFormat::td2:
      return td2;
    case MrzFormat::td3:
      return td3;
    case MrzFormat::mrv_a:
      return mrv_a;
    case MrzFormat::mrv_b:
      return mrv_b;
    case MrzFormat::french_id:
      break;
  }
  return french;
}

int value_of(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 0; }

/// Adds up digits of several spans, which count as one text.
class Sum {
 public:
  void add(char c) {
    constexpr int weights[] = {7, 3, 1};
    sum_ += value_of(c) * weights[n_++ % 3];
  }
  [[nodiscard]] int digit() const { return sum_ % 10; }

 private:
  int sum_ = 0, n_ = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// TD1 and TD2, note on long numbers: the check digit is <, the number goes on in the optional data up to a
/// <, its last digit there is the check digit.
bool long_number_fits(const MrzText& text, const Layout& l, const Check& c) {
  Sum sum;
  for (int k = c.spans[0].begin; k < c.spans[0].end; ++k) sum.add(text.at(c.line, k));
  int end = c.at + 1;
  while (end < l.length && text.at(c.line, end) != '<') ++end;
  if (end - c.at < 3) return false;
  for (int k = c.at + 1; k < end - 1; ++k) sum.add(text.at(c.line, k));
  const char digit = text.at(c.line, end - 1);
  return is_digit(digit) && value_of(digit) == sum.digit();
}

bool fits(const MrzText& text, const Layout& l, const Check& c) {
  const char digit = text.at(c.line, c.at);
  if (digit == '<' && c.line == l.number_line && c.at == l.number_check) return long_number_fits(text, l, c);
  Sum sum;
  bool empty = true;
  for (const auto& s : c.spans)
    for (int k = s.begin; k < s.end; ++k) {
      sum.add(text.at(s.line, k));
      empty = empty && text.at(s.line, k) == '<';
    }
  // Optional data that are not there need no digit; that all fillers add up to 0 proves nothing elsewhere.
  if (empty) return c.spans[0].begin == 28 && (digit == '<' || digit == '0');
  return is_digit(digit) && value_of(digit) == sum.digit();
}

constexpr std::array<std::string_view, 9> alike{"0O", "0D", "0Q", "1I", "5S", "8B", "2Z", "6G", "1L"};

/// Exchanges one character of the field that `c` covers for one like it, the likeliest that makes `c` fit.
void repair(MrzText& text, const Layout& l, const Check& c, const cv::Mat_<float>& scores, int stride,
            int first) {
  if (fits(text, l, c) || c.spans.size() != 1) return;
  const Span s = c.spans[0];
  double best = -4;  // a log ratio of probabilities below which the exchange is a guess
  MrzText repaired = text;
  for (int k = s.begin; k < s.end; ++k)
    for (const auto pair : alike)
      for (int way = 0; way < 2; ++way) {
        const char from = pair[static_cast<std::size_t>(way)], to = pair[static_cast<std::size_t>(1 - way)];
        if (text.at(s.line, k) != from) continue;
        const int row = s.line * stride + first + k;
        const double ratio = static_cast<double>(scores(row, static_cast<int>(mrz_alphabet.find(to)))) -
                             static_cast<double>(scores(row, static_cast<int>(mrz_alphabet.find(from))));
        MrzText other = text;
        other.set(s.line, k, to);
        if (ratio > best && fits(other, l, c)) {
          best = ratio;
          repaired = other;
        }
      }
  text = repaired;
}

}  // namespace

void wipe(void* data, std::size_t size) noexcept {
  std::fill_n(static_cast<unsigned char*>(data), size, static_cast<unsigned char>(0));
  INVIGIL_KEEP_WRITES(data);
}

int check_digit(std::string_view text) {
  Sum sum;
  for (const char c : text) sum.add(c);
  return sum.digit();
}

int lines_of(MrzFormat format) { return layout(format).lines; }
int length_of(MrzFormat format) { return layout(format).length; }
PageSize page_size(MrzFormat format) { return layout(format).page; }

MrzChecks checks_of(const MrzText& text, MrzFormat format) {
  const Layout& l = layout(format);
  MrzChecks result;
  for (const auto& c : l.checks) {
    ++result.all;
    result.passed += fits(text, l, c);
  }
  return result;
}

DocumentType type_of(const MrzText& text, MrzFormat format) {
  const char first = text.at(0, 0), second = text.at(0, 1);
  if (first == 'P') return DocumentType::passport;
  if (first == 'V') return DocumentType::visa;
  if (first != 'I' && first != 'A' && first != 'C') return DocumentType::unknown;
  // Regulation (EC) 1030/2002: IR, before that AR and CR in several states; C1 and C2 are cards of the United
  // States for residents.
  const bool american = format == MrzFormat::td1 && text.line(0, 5).substr(2) == "USA";
  if (second == 'R' || (first == 'C' && american && is_digit(second))) return DocumentType::residence_permit;
  return DocumentType::id_card;
}

MrzReading read_as(MrzFormat format, const cv::Mat_<float>& scores, int stride, int first) {
  const Layout& l = layout(format);
  MrzReading reading;
  reading.format = format;
  double sum = 0;
  for (const auto& field : l.fields)
    for (int k = field.begin; k < field.end; ++k) {
      const float* row = scores[field.line * stride + first + k];
      int best = -1;
      for (int symbol = 0; symbol < static_cast<int>(mrz_alphabet.size()); ++symbol)
        if ((field.allowed >> symbol & 1) && (best < 0 || row[symbol] > row[best])) best = symbol;
      reading.text.set(field.line, k, mrz_alphabet[static_cast<std::size_t>(best)]);
      const double certain = std::max(-6.0, static_cast<double>(row[best]));
      sum += certain;
      if (field.line == 0 && k == 0) reading.first_log = certain;
    }
  reading.mean_log = sum / (l.lines * l.length);
  for (const auto& c : l.checks) repair(reading.text, l, c, scores, stride, first);
  reading.checks = checks_of(reading.text, format);
  return reading;
}

}  // namespace invigil::idcard
