#include "idcard/mrz_reader.hpp"

#include "idcard/mrz_pose.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <opencv2/calib3d.hpp>
#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

namespace {

constexpr int spare = 4;           // columns beside the zone that are read too: its ends may be off
constexpr int zones_tried = 12;    // of those that look like one
constexpr double unlike = -1.6;    // mean logarithm under which cells are no characters
constexpr double hopeless = -2.6;  // mean logarithm under which no reading is tried again

/// Ways to hold the picture: upside down, mirrored, both.
struct Way {
  bool columns, rows;  ///< Counted from the other end.
};
constexpr std::array<Way, 4> ways{Way{false, false}, Way{true, true}, Way{true, false}, Way{false, true}};

/// The zone's cells, straightened.
struct Cells {
  std::vector<cv::Mat> pictures;  ///< Line by line.
  int columns = 0, lines = 0;
};

Cells cells_of(const Pyramid& pyramid, const Zone& zone, double spacing, cv::Point2d shift) {
  Cells cells;
  cells.columns = zone.count + 2 * spare;
  cells.lines = static_cast<int>(zone.lines.size());
  const double row = glyph_pitch * spacing;
  const cv::Size size(cells.columns * glyph_pitch + glyph_width,
                      static_cast<int>(std::ceil((cells.lines - 1) * row)) + glyph_height + 1);
  // The cell of column k and line l begins at (k glyph_pitch, l row).
  const cv::Matx33d to_grid(1.0 / glyph_pitch, 0,
                            -(glyph_width - 1) / 2.0 / glyph_pitch - spare + shift.x,         //
                            0, 1 / row, -(glyph_height - 1) / 2.0 / row + shift.y / spacing,  //
                            0, 0, 1);
  const cv::Mat flat = pyramid.sample(zone.grid * to_grid, size, zone.pitch, glyph_pitch);
  for (int l = 0; l < cells.lines; ++l)
    for (int k = 0; k < cells.columns; ++k)
      cells.pictures.push_back(
          flat(cv::Rect(k * glyph_pitch, static_cast<int>(std::lround(l * row)), glyph_width, glyph_height)));
  return cells;
}

/// The cells in the order in which they are read when the picture is held this way.
std::vector<cv::Mat> held(const Cells& cells, Way way) {
  std::vector<cv::Mat> result;
  for (int l = 0; l < cells.lines; ++l)
    for (int k = 0; k < cells.columns; ++k) {
      const int from =
          (way.rows ? cells.lines - 1 - l : l) * cells.columns + (way.columns ? cells.columns - 1 - k : k);
      const cv::Mat& cell = cells.pictures[static_cast<std::size_t>(from)];
      if (!way.rows && !way.columns) {
        result.push_back(cell);
      } else {
        cv::Mat turned;
        cv::flip(cell, turned, way.rows && way.columns ? -1 : way.rows ? 0 : 1);
        result.push_back(turned);
      }
    }
  return result;
}

struct Attempt {
  MrzReading reading;
  int first = 0;  ///< Column of the first character, in cells.
  Way way{};
};

void try_formats(const cv::Mat_<float>& scores, const Cells& cells, Way way, Attempt& best) {
  const int seen = cells.columns - 2 * spare;
  const auto attempt = [&](MrzFormat format) {
    const int length = length_of(format);
    if (std::abs(seen - length) > spare + 1) return;
    for (int first = 0; first + length <= cells.columns; ++first) {
      const MrzReading reading = read_as(format, scores, cells.columns, first);
      if (reading.score() > best.reading.score()) best = {reading, first, way};
    }
  };
  if (cells.lines == 3) return attempt(MrzFormat::td1);
  for (const auto format :
       {MrzFormat::td3, MrzFormat::mrv_a, MrzFormat::td2, MrzFormat::mrv_b, MrzFormat::french_id})
    attempt(format);
}

/// How much the cells look like characters, held this way: a sample of them.
double promise(Glyphs& glyphs, const Cells& cells, Way way) {
  const auto all = held(cells, way);
  std::vector<cv::Mat> some;
  for (int l = 0; l < cells.lines; ++l)
    for (int k = spare; k < cells.columns - spare; k += 3)
      some.push_back(all[static_cast<std::size_t>(l * cells.columns + k)]);
  cv::Mat_<float> scores = glyphs.look(some);
  double sum = 0;
  for (int y = 0; y < scores.rows; ++y)
    sum += std::max(-6.0, static_cast<double>(*std::max_element(scores[y], scores[y] + scores.cols - 1)));
  wipe(scores.data, scores.total() * sizeof(float));
  return sum / scores.rows;
}

void attempt(Glyphs& glyphs, const Cells& cells, Way way, Attempt& best) {
  cv::Mat_<float> scores = glyphs.look(held(cells, way));
  try_formats(scores, cells, way, best);
  wipe(scores.data, scores.total() * sizeof(float));
}

// Where the middles of the first character and of the lines are, in millimetres: ICAO 9303-4 to -7, and flat
// scans of specimens.
constexpr double character = 2.54;
double first_character(MrzFormat format) { return format == MrzFormat::td1 ? 5.0 : 6.0; }
double line_middle(MrzFormat format, int line) {
  if (format == MrzFormat::td1) return page_size(format).height - 15.4 + 4.23 * line;
  return page_size(format).height - 15.75 + 6.35 * line;
}

Polygon corners(const cv::Matx33d& map, double x0, double y0, double x1, double y1) {
  const std::vector<cv::Point2f> flat{{static_cast<float>(x0), static_cast<float>(y0)},
                                      {static_cast<float>(x1), static_cast<float>(y0)},
                                      {static_cast<float>(x1), static_cast<float>(y1)},
                                      {static_cast<float>(x0), static_cast<float>(y1)}};
  Polygon result;
  cv::perspectiveTransform(flat, result, map);
  return result;
}

/// From the format's (character, line) to the grid of the zone.
cv::Matx33d to_grid(const Attempt& a, const Zone& zone, int columns) {
  const int lines = static_cast<int>(zone.lines.size());
  const double x = a.way.columns ? -1 : 1, y = a.way.rows ? -1 : 1;
  const double first = a.way.columns ? columns - 1 - a.first : a.first;
  return {x, 0, first - spare, 0, y, a.way.rows ? lines - 1.0 : 0.0, 0, 0, 1};
}

/// Finds the page: a few characters of each line stand for all.
void place(MrzSight& sight, const cv::Matx33d& map, int lines, cv::Size picture) {
  std::vector<cv::Point2d> cells, page, seen, there;
  const int length = length_of(sight.format);
  for (int l = 0; l < lines; ++l)
    for (int k = 0; k <= 6; ++k) {
      cells.emplace_back(k * (length - 1) / 6.0, l);
      page.emplace_back(first_character(sight.format) + (cells.back().x + 0.5) * character,
                        line_middle(sight.format, l));
    }
  cv::perspectiveTransform(cells, seen, map);
  sight.page = likely_pose(page, seen, static_cast<double>(sight.pitch), picture, sight.mirrored);
  cv::perspectiveTransform(page, there, sight.page);
  double sum = 0;
  for (std::size_t k = 0; k < seen.size(); ++k) sum += (there[k] - seen[k]).dot(there[k] - seen[k]);
  sight.residual = static_cast<float>(std::sqrt(sum / static_cast<double>(seen.size())));
}

MrzSight sight_of(const Attempt& a, const Zone& zone, int columns, cv::Size picture) {
  const MrzFormat format = a.reading.format;
  MrzSight sight;
  sight.format = format;
  sight.type = type_of(a.reading.text, format);
  sight.checks_passed = a.reading.checks.passed;
  sight.checks = a.reading.checks.all;
  sight.confidence = static_cast<float>(std::exp(a.reading.mean_log));
  sight.pitch = static_cast<float>(zone.pitch);
  sight.mirrored = a.way.columns != a.way.rows;
  const cv::Matx33d map = zone.grid * to_grid(a, zone, columns);
  const double high = 0.55 / zone.spacing;  // half a character, in lines
  const int lines = static_cast<int>(zone.lines.size());
  sight.zone = hull(corners(map, -0.5, -high, length_of(format) - 0.5, lines - 1 + high));
  place(sight, map, lines, picture);
  return sight;
}

}  // namespace

bool MrzSight::sure() const {
  const int enough = confidence >= 0.85F ? 2 : std::max(2, checks - 1);
  return confidence >= 0.45F && checks_passed >= enough && residual < 0.25F * pitch;
}

Polygon MrzSight::name_field() const {
  if (format != MrzFormat::td3 || type != DocumentType::passport || !sure() || residual >= 0.15F * pitch)
    return {};
  return corners(page, 39, 14, 70, 31);
}

Polygon MrzSight::outline(double margin) const {
  const auto size = page_size(format);
  return hull(corners(page, -margin, -margin, size.width + margin, size.height + margin));
}

Polygon MrzSight::cover(cv::Size picture) const {
  Polygon visible;
  const auto frame = rectangle(0, 0, static_cast<float>(picture.width), static_cast<float>(picture.height));
  if (cv::intersectConvexConvex(united(outline(4), zone), frame, visible) <= 0) return {};
  return visible;
}

std::optional<MrzReader::Read> MrzReader::read_zone(const Pyramid& pyramid, const Zone& zone) {
  Attempt best;
  const double nominal = zone.lines.size() == 3 ? 1.67 : 2.5;
  Cells cells = cells_of(pyramid, zone, zone.spacing, {});
  std::array<std::pair<double, Way>, 4> order;
  for (std::size_t k = 0; k < ways.size(); ++k) order[k] = {promise(glyphs_, cells, ways[k]), ways[k]};
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (order[0].first < unlike) return std::nullopt;
  for (std::size_t k = 0; k < 2; ++k) attempt(glyphs_, cells, order[k].second, best);
  const auto whole = [&] {
    return best.reading.checks.all > 0 && best.reading.checks.passed == best.reading.checks.all;
  };
  if (!whole() && best.reading.mean_log > hopeless) {
    const Way way = best.way;
    for (const cv::Point2d shift :
         {cv::Point2d(0, -0.13), cv::Point2d(0, 0.13), cv::Point2d(-0.13, 0), cv::Point2d(0.13, 0)})
      if (!whole()) attempt(glyphs_, cells_of(pyramid, zone, zone.spacing, shift), way, best);
    if (!whole() && std::abs(std::log(nominal / zone.spacing)) > 0.08)
      attempt(glyphs_, cells_of(pyramid, zone, nominal, {}), way, best);
  }
  if (best.reading.checks.passed == 0) return std::nullopt;
  return Read{sight_of(best, zone, cells.columns, pyramid.picture()), best.reading.text,
              best.reading.score()};
}

std::optional<MrzReader::Read> MrzReader::read_text(const cv::Mat& luma, const Polygon* within,
                                                    Levels levels) {
  cv::Rect part(cv::Point(), luma.size());
  if (within) part &= cv::boundingRect(*within);
  if (part.width < 60 || part.height < 12) {
    if (std::max(part.width, part.height) < 60 || std::min(part.width, part.height) < 12) return std::nullopt;
  }
  const Pyramid pyramid(luma(part));
  std::optional<Read> best;
  int tried = 0;
  for (const auto& zone : zones_in(pyramid, levels)) {
    if (tried++ == zones_tried) break;
    auto read = read_zone(pyramid, zone);
    if (!read || (best && best->score >= read->score)) continue;
    best = std::move(read);
    const MrzSight& s = best->sight;
    if (s.checks_passed == s.checks && s.confidence > 0.85F) break;
  }
  if (!best) return std::nullopt;
  const cv::Matx33d shift(1, 0, part.x, 0, 1, part.y, 0, 0, 1);
  best->sight.page = shift * best->sight.page;
  best->sight.zone = moved(best->sight.zone, shift);
  return best;
}

std::optional<MrzSight> MrzReader::read(const cv::Mat& luma, const Polygon* within, Levels levels) {
  const auto read = read_text(luma, within, levels);
  return read ? std::optional(read->sight) : std::nullopt;
}

}  // namespace invigil::idcard
