#include "idcard/mrz_lines.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numeric>
#include <tuple>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

namespace {

constexpr int strip_pitch = 8;  // pixels a character's height in the strip that is measured

/// The part of the line through `middle` that is in the picture, as coordinates along it.
std::pair<double, double> inside(const Stroke& s, cv::Size size, double most) {
  double from = -most, to = most;
  const auto clip = [&](double p, double d, double end) {
    if (std::abs(d) < 1e-9) return;
    const double t0 = (0 - p) / d, t1 = (end - p) / d;
    from = std::max(from, std::min(t0, t1));
    to = std::min(to, std::max(t0, t1));
  };
  clip(s.middle.x, s.along.x, size.width - 1);
  clip(s.middle.y, s.along.y, size.height - 1);
  return {from, to};
}

/// The line straightened: `strip_pitch` pixels are `stroke.height`, the line runs along its middle row.
struct Strip {
  cv::Mat busy;     ///< Float: differences between neighbouring pixels.
  double from = 0;  ///< Coordinate of column 0 along the line, in pixels of the picture.
  double zoom = 1;  ///< Columns per pixel of the picture.
};

constexpr int strip_rows = 2 * strip_pitch + 5;

/// most: how far along the line to either side of the stroke's middle.
Strip strip_of(const Pyramid& pyramid, const Stroke& s, double most) {
  const auto [from, to] = inside(s, pyramid.picture(), most);
  Strip strip;
  strip.from = from;
  strip.zoom = strip_pitch / s.height;
  const int columns = std::clamp(static_cast<int>((to - from) * strip.zoom), 1, 4096);
  const double z = 1 / strip.zoom, half = (strip_rows - 1) / 2.0;
  const cv::Point2d zero = s.middle + s.along * from;
  const cv::Matx33d to_picture(s.along.x * z, -s.along.y * z, zero.x + s.along.y * z * half,  //
                               s.along.y * z, s.along.x * z, zero.y - s.along.x * z * half,   //
                               0, 0, 1);
  const cv::Mat flat = pyramid.sample(to_picture, {columns, strip_rows}, s.height, strip_pitch);
  cv::Mat high, low;
  const cv::Mat element = cv::getStructuringElement(cv::MORPH_RECT, cv::Size(3, 3));
  cv::dilate(flat, high, element);
  cv::erode(flat, low, element);
  cv::subtract(high, low, high);
  high.convertTo(strip.busy, CV_32F);
  return strip;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The row around which a band of a character's height is busiest, near the middle; nothing when none stands
/// out.
std::optional<double> band_in(const cv::Mat& block) {
  cv::Mat rows;
  cv::reduce(block, rows, 1, cv::REDUCE_AVG);
  std::array<double, strip_rows + 1> sums{};
  for (int y = 0; y < strip_rows; ++y)
    sums[static_cast<std::size_t>(y) + 1] =
        sums[static_cast<std::size_t>(y)] + static_cast<double>(rows.at<float>(y));
  constexpr int half = strip_pitch / 2 + 1, middle = strip_rows / 2, reach = middle - half;
  const auto band = [&](int y) {
    return sums[static_cast<std::size_t>(y + half + 1)] - sums[static_cast<std::size_t>(y - half)];
  };
  int best = middle;
  for (int y = middle - reach; y <= middle + reach; ++y)
    if (band(y) - 0.02 * std::abs(y - middle) * band(middle) > band(best)) best = y;
  // Within the band, where the ink is.
  double least = 1e9, weight = 0, sum = 0;
  for (int y = best - half; y <= best + half; ++y)
    least = std::min(least, static_cast<double>(rows.at<float>(y)));
  for (int y = best - half; y <= best + half; ++y) {
    const double w = static_cast<double>(rows.at<float>(y)) - least;
    weight += w;
    sum += w * y;
  }
  if (weight <= 0) return std::nullopt;
  return sum / weight - middle;
}

/// Turns and moves the stroke so that it runs through the middle of its characters.
void centre(const Strip& strip, Stroke& s, double steepest) {
  const auto column = [&](double along) {
    return std::clamp(static_cast<int>((along - strip.from) * strip.zoom), 0, strip.busy.cols);
  };
  const int begin = column(-s.length / 2), end = column(s.length / 2);
  constexpr int block = 3 * strip_pitch;
  std::vector<cv::Point2d> points;
  for (int x = begin; x + block <= end; x += block / 2)
    if (const auto row = band_in(strip.busy.colRange(x, x + block)))
      points.emplace_back(x + block / 2.0, *row);
  if (points.size() < 6) return;
  // First the median of slopes, since other lines may be near; then least squares on what fits it.
  std::vector<double> slopes, offsets;
  for (std::size_t i = 0, half = points.size() / 2; i + half < points.size(); ++i)
    slopes.push_back((points[i + half].y - points[i].y) / (points[i + half].x - points[i].x));
  double slope = median(slopes);
  for (const auto& p : points) offsets.push_back(p.y - slope * p.x);
  double offset = median(offsets);
  double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (const auto& p : points) {
    if (std::abs(p.y - offset - slope * p.x) > 1.5) continue;
    ++n, sx += p.x, sy += p.y, sxx += p.x * p.x, sxy += p.x * p.y;
  }
  const double determinant = n * sxx - sx * sx;
  if (n >= 4 && determinant > 1e-6) {
    slope = (n * sxy - sx * sy) / determinant;
    offset = (sy - slope * sx) / n;
  }
  if (std::abs(slope) > steepest) return;  // it leads from one line to the next
  const cv::Point2d across(-s.along.y, s.along.x);
  s.middle += across * ((offset + slope * -strip.from * strip.zoom) / strip.zoom);
  const cv::Point2d turned = s.along + across * slope;
  s.along = turned / cv::norm(turned);
}

/// The profile along the line, freed from what changes slowly. slant: of the characters, columns a row.
std::vector<double> profile_of(const Strip& strip, double slant) {
  const int half = strip_pitch * 5 / 8, middle = strip_rows / 2;
  cv::Mat sum = cv::Mat::zeros(1, strip.busy.cols, CV_32F), even;
  for (int y = -half; y <= half; ++y) {
    const int shift = cvRound(slant * y), from = std::max(0, shift), to = std::max(0, -shift);
    const int n = strip.busy.cols - std::abs(shift);
    sum.colRange(to, to + n) += strip.busy.row(middle + y).colRange(from, from + n);
  }
  sum /= 2 * half + 1;
  cv::blur(sum, even, cv::Size(2 * strip_pitch + 5, 1));
  std::vector<double> profile(static_cast<std::size_t>(sum.cols));
  for (int x = 0; x < sum.cols; ++x)
    profile[static_cast<std::size_t>(x)] = sum.at<float>(x) / (even.at<float>(x) + 4.0) - 1;
  return profile;
}

/// Cycles a column of the strongest even pitch between columns begin and end, and its share of the power.
std::pair<double, double> pitch_frequency(const std::vector<double>& profile, int begin, int end) {
  constexpr int window = 16 * strip_pitch, bins = 512;
  std::vector<double> power(bins / 2, 0.0);
  for (int x = begin; x == begin || x + window <= end; x += window / 2) {
    cv::Mat_<double> part(1, bins, 0.0);
    cv::Mat spectrum;
    for (int k = 0; k < window && x + k < end; ++k)
      part(k) =
          profile[static_cast<std::size_t>(x + k)] * (0.5 - 0.5 * std::cos(2 * CV_PI * (k + 0.5) / window));
    cv::dft(part, spectrum, cv::DFT_COMPLEX_OUTPUT);
    const auto* bin = spectrum.ptr<std::complex<double>>();
    for (int k = 0; k < bins / 2; ++k) power[static_cast<std::size_t>(k)] += std::norm(bin[k]);
  }
  // A character is 0.6 to 1.25 times as high as the pitch is long.
  const int first = bins * 6 / (10 * strip_pitch), last = bins * 125 / (100 * strip_pitch);
  const auto peak = std::max_element(power.begin() + first, power.begin() + last + 1);
  const auto at = static_cast<std::size_t>(peak - power.begin());
  const double all = std::accumulate(power.begin() + first / 2, power.begin() + bins * 3 / 8, 1e-9);
  const double near = std::accumulate(peak - 3, peak + 4, 0.0);
  const double l = power[at - 1], r = power[at + 1], curve = l + r - 2 * power[at];
  const double shift = curve < 0 ? std::clamp((l - r) / (2 * curve), -0.5, 0.5) : 0;
  return {(static_cast<double>(at) + shift) / bins, near / all};
}

struct Projective {
  double a = 0, b = 0, c = 0;
  [[nodiscard]] double operator()(double x) const { return (a + b * x) / (1 + c * x); }
};

struct Phase {
  double x = 0, number = 0, weight = 0;
};

/// The numbers of characters along the line, found by comparing the profile with an even wave of the numbers
/// `guess`; only their fractions can be measured, so each follows its neighbour.
std::vector<Phase> phases(const std::vector<double>& profile, const Projective& guess, double pitch) {
  std::vector<Phase> result;
  const double sigma = 2.5 * pitch;
  const int reach = static_cast<int>(2.5 * sigma), columns = static_cast<int>(profile.size());
  std::vector<std::complex<double>> turned(profile.size());
  for (int x = 0; x < columns; ++x)
    turned[static_cast<std::size_t>(x)] =
        profile[static_cast<std::size_t>(x)] * std::polar(1.0, -2 * CV_PI * guess(x));
  std::vector<double> bell(static_cast<std::size_t>(2 * reach + 1));
  for (int k = -reach; k <= reach; ++k)
    bell[static_cast<std::size_t>(k + reach)] = std::exp(-0.5 * k * k / (sigma * sigma));
  for (int x = 0; x < columns; x += strip_pitch) {
    std::complex<double> sum = 0;
    for (int k = std::max(0, x - reach); k <= std::min(columns - 1, x + reach); ++k)
      sum += turned[static_cast<std::size_t>(k)] * bell[static_cast<std::size_t>(k - x + reach)];
    result.push_back({static_cast<double>(x), std::arg(sum) / (2 * CV_PI), std::abs(sum)});
  }
  return result;
}

/// Least squares on k (1 + c x) = a + b x, the outliers left out in a second round.
std::optional<Projective> fitted(const std::vector<Phase>& points, const Projective& guess, bool straight) {
  Projective fit = guess;
  for (int round = 0; round < 3; ++round) {
    cv::Matx33d left = cv::Matx33d::zeros();
    cv::Vec3d right(0, 0, 0);
    for (const auto& p : points) {
      if (round > 0 && std::abs(fit(p.x) - p.number) > 0.3) continue;
      const cv::Vec3d row(1, p.x, straight ? 0.0 : -p.number * p.x);
      for (int i = 0; i < 3; ++i) {
        for (int j = 0; j < 3; ++j) left(i, j) += p.weight * row[i] * row[j];
        right[i] += p.weight * row[i] * p.number;
      }
    }
    if (straight) left(2, 2) = 1;
    cv::Vec3d solution;
    if (!cv::solve(left, right, solution, cv::DECOMP_LU)) return std::nullopt;
    fit = {solution[0], solution[1], solution[2]};
    if (!(fit.b > 0)) return std::nullopt;
  }
  return fit;
}

/// Follows the pitch from where it is clearest to both sides, and fits.
std::optional<Projective> follow(const std::vector<Phase>& seen, const Projective& guess, int begin, int end,
                                 bool straight) {
  std::vector<Phase> points;
  std::size_t best = 0;
  double most = 0;
  for (std::size_t k = 0; k < seen.size(); ++k)
    if (seen[k].x >= begin && seen[k].x < end && seen[k].weight > most) most = seen[best = k].weight;
  if (most <= 0) return std::nullopt;
  const auto add = [&](std::size_t k, double near) {
    const double number = seen[k].number + std::round(near - seen[k].number);
    points.push_back({seen[k].x, guess(seen[k].x) + number, seen[k].weight});
    return number;
  };
  for (const int way : {-1, 1}) {
    double offset = seen[best].number;
    int weak = 0;
    for (auto k = static_cast<std::ptrdiff_t>(best); k >= 0 && k < static_cast<std::ptrdiff_t>(seen.size());
         k += way) {
      const auto at = static_cast<std::size_t>(k);
      if (seen[at].weight < 0.25 * most) {
        if (++weak > 3) break;
        continue;
      }
      weak = 0;
      const double number = add(at, offset);
      if (std::abs(number - offset) > 0.35) break;
      offset = number;
    }
  }
  const auto [first, last] = std::minmax_element(points.begin(), points.end(),
                                                 [](const Phase& a, const Phase& b) { return a.x < b.x; });
  const bool few = (last->x - first->x) * guess.b < 16;  // characters do not show a perspective
  return fitted(points, guess, straight || few);
}

/// The first and the last character of the run of printed cells around column `middle`.
std::pair<int, int> extent(const Strip& strip, const Projective& number, int middle) {
  const int half = strip_pitch / 2, row = strip_rows / 2;
  cv::Mat sum;
  cv::reduce(strip.busy.rowRange(row - half, row + half + 1), sum, 0, cv::REDUCE_AVG, CV_32F);
  const int first = static_cast<int>(std::ceil(number(0))), last = static_cast<int>(number(sum.cols - 1));
  if (last - first < 1 || last - first > 400) return {0, -1};
  std::vector<double> ink(static_cast<std::size_t>(last - first + 1), 0.0), n(ink.size(), 0.0);
  for (int x = 0; x < sum.cols; ++x) {
    const auto cell = static_cast<int>(std::lround(number(x))) - first;
    if (cell < 0 || cell >= static_cast<int>(ink.size())) continue;
    ink[static_cast<std::size_t>(cell)] += sum.at<float>(x);
    ++n[static_cast<std::size_t>(cell)];
  }
  for (std::size_t k = 0; k < ink.size(); ++k) ink[k] /= std::max(1.0, n[k]);
  const int centre = std::clamp(static_cast<int>(std::lround(number(middle))) - first, 0, last - first);
  std::vector<double> near;
  for (int k = std::max(0, centre - 8); k <= std::min(last - first, centre + 8); ++k)
    near.push_back(ink[static_cast<std::size_t>(k)]);
  const double usual = median(near);
  const auto printed = [&](int k) {
    return k >= 0 && k <= last - first && ink[static_cast<std::size_t>(k)] > 0.45 * usual;
  };
  int from = centre, to = centre;
  while (printed(from - 1) || printed(from - 2)) --from;
  while (printed(to + 1) || printed(to + 2)) ++to;
  return {from + first, to + first};
}

}  // namespace

cv::Point2d PrintLine::at(double character) const {
  // number (1 + c x) = a + b x
  const double x = (character - a) / (b - character * c);
  return start + along * x;
}

double PrintLine::pitch() const { return cv::norm(at(count / 2.0 + 0.5) - at(count / 2.0 - 0.5)); }

namespace {

/// What is known of the line after one look along the stroke.
struct Measured {
  Projective number;
  double share = 0;
  int first = 0, last = -1;
};

std::optional<Measured> measure(const Strip& strip, const Stroke& s, double regular) {
  if (strip.busy.cols < 12 * strip_pitch) return std::nullopt;
  const auto column = [&](double along) {
    return std::clamp(static_cast<int>((along - strip.from) * strip.zoom), 0, strip.busy.cols);
  };
  const int begin = column(-s.length / 2), end = column(s.length / 2);
  std::vector<double> profile;
  double frequency = 0;
  Measured m;
  for (const double slant : {0.0, -0.25, 0.25, -0.5, 0.5}) {  // perspective makes characters lean
    auto leaning = profile_of(strip, slant);
    const auto [f, part] = pitch_frequency(leaning, begin, end);
    if (part > m.share) m.share = part, frequency = f, profile = std::move(leaning);
    if (m.share > 0.45) break;
  }
  if (m.share < regular) return std::nullopt;
  m.number = {0, frequency, 0};
  for (int round = 0; round < 4; ++round) {
    const auto seen = phases(profile, m.number, 1 / frequency);
    const auto fit = follow(seen, m.number, begin, end, round == 0);
    if (!fit) return std::nullopt;
    m.number = *fit;
    if (round != 1) continue;
    // What lies beyond the ends of the line must not bend it.
    std::tie(m.first, m.last) = extent(strip, m.number, (begin + end) / 2);
    for (int x = 0; x < strip.busy.cols; ++x)
      if (m.number(x) < m.first - 0.5 || m.number(x) > m.last + 0.5) profile[static_cast<std::size_t>(x)] = 0;
  }
  std::tie(m.first, m.last) = extent(strip, m.number, (begin + end) / 2);
  if (m.last - m.first < 5) return std::nullopt;
  return m;
}

}  // namespace

std::optional<PrintLine> print_line(const Pyramid& pyramid, const Stroke& stroke, double regular) {
  Stroke s = stroke;
  // Most strokes are no print: a look at the stroke alone tells.
  Strip strip = strip_of(pyramid, s, s.length / 2);
  if (strip.busy.cols < 4 * strip_pitch) return std::nullopt;
  centre(strip, s, 0.1);
  if (strip.busy.cols >= 12 * strip_pitch) {
    double most = 0;
    for (const double slant : {0.0, -0.35, 0.35})
      if (most < regular)
        most = std::max(most, pitch_frequency(profile_of(strip, slant), 0, strip.busy.cols).second);
    if (most < 0.7 * regular) return std::nullopt;
  }
  std::optional<Measured> m;
  for (int round = 0; round < 2; ++round) {
    for (int turn = 0; turn <= round; ++turn) {
      strip = strip_of(pyramid, s, s.length / 2);
      centre(strip, s, round == 0 ? 0.1 : 0.03);
    }
    strip = strip_of(pyramid, s, round == 0 ? 64 * s.height : s.length / 2 + 6 * s.height);
    m = measure(strip, s, regular);
    if (!m) return std::nullopt;
    // The second round sees the whole line.
    const auto along = [&](double number) {
      const Projective& p = m->number;
      return (number - p.a) / (p.b - number * p.c) / strip.zoom + strip.from;
    };
    const double from = along(m->first - 0.5), to = along(m->last + 0.5);
    if (round == 1) break;
    s.middle += s.along * ((from + to) / 2);
    s.length = to - from;
    s.height = std::clamp(s.length / (m->last - m->first + 1), 0.7 * s.height, 1.5 * s.height);
  }
  // number - first = (a + b x - first (1 + c x)) / (1 + c x)
  PrintLine line;
  line.start = s.middle + s.along * strip.from;
  line.along = s.along;
  line.a = m->number.a - m->first;
  line.b = (m->number.b - m->first * m->number.c) * strip.zoom;
  line.c = m->number.c * strip.zoom;
  line.count = m->last - m->first + 1;
  line.height = s.height;
  line.regular = m->share;
  return line;
}

}  // namespace invigil::idcard
