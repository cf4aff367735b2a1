#include "idcard/mrz_zone.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/calib3d.hpp>

namespace invigil::idcard {

namespace {

constexpr double nearest_line = 1.15, farthest_line = 3.3;  // pitches between neighbouring lines
constexpr int least_characters = 20;
constexpr std::size_t most_lines = 10;
constexpr int most_looks = 5;           // for lines beside one
constexpr double smallest_pitch = 2.6;  // under 3 pixels nothing can be read

cv::Point2d middle(const PrintLine& l) { return l.at((l.count - 1) / 2.0); }
double cross(cv::Point2d a, cv::Point2d b) { return a.x * b.y - a.y * b.x; }

/// The line read from its other end.
PrintLine reversed(const PrintLine& l) {
  // k' = count - 1 - k over x' = -x
  const double n = l.count - 1;
  PrintLine r = l;
  r.along = -l.along;
  r.a = n - l.a;
  r.b = l.b - n * l.c;
  r.c = -l.c;
  return r;
}

/// How far `b` lies beside `a`, in pitches of a, to the right of its direction.
double distance(const PrintLine& a, const PrintLine& b) {
  return cross(a.along, middle(b) - middle(a)) / a.pitch();
}

bool parallel(const PrintLine& a, const PrintLine& b) {
  return std::abs(cross(a.along, b.along)) < 0.12 && std::abs(std::log(a.pitch() / b.pitch())) < 0.18;
}

bool overlap(const PrintLine& a, const PrintLine& b) {
  const double reach = (a.count + b.count) * a.pitch() / 2;
  return std::abs((middle(b) - middle(a)).dot(a.along)) < 0.5 * reach;
}

/// Leaves the most even of those that are the same line.
std::vector<PrintLine> distinct(std::vector<PrintLine> lines) {
  const auto worth = [](const PrintLine& l) { return l.regular * std::min(l.count, 44); };
  std::stable_sort(lines.begin(), lines.end(),
                   [&](const PrintLine& a, const PrintLine& b) { return worth(a) > worth(b); });
  std::vector<PrintLine> kept;
  for (const auto& l : lines) {
    const bool known = std::any_of(kept.begin(), kept.end(), [&](const PrintLine& k) {
      return parallel(k, l) && overlap(k, l) && std::abs(distance(k, l)) < 0.7;
    });
    if (!known) kept.push_back(l);
  }
  return kept;
}

/// The line beside `l`, looked for at the usual distances.
void look_beside(const Pyramid& pyramid, const PrintLine& l, std::vector<PrintLine>& lines) {
  const cv::Point2d across(-l.along.y, l.along.x);
  std::vector<PrintLine> found;
  for (const double beside : {-2.5, -1.7, 1.7, 2.5}) {
    Stroke s;
    s.middle = middle(l) + across * (beside * l.pitch());
    if (!cv::Rect2d(0, 0, pyramid.picture().width, pyramid.picture().height).contains(s.middle)) continue;
    s.along = l.along;
    s.length = l.count * l.pitch();
    s.height = l.pitch();
    auto line = print_line(pyramid, s, 0.15);
    if (line && parallel(l, *line) && std::abs(distance(l, *line)) > nearest_line &&
        std::abs(cross(l.along, line->along)) < 0.06)
      found.push_back(*line);
  }
  lines.insert(lines.end(), found.begin(), found.end());
}

/// How the characters of two lines are put in columns: both begin there, both end there, or as they stand,
/// which is wrong where perspective makes the page lean.
enum class Columns { begin, end, upright };

/// The column of `a` above the first character of `b`.
int shift_of(const PrintLine& a, const PrintLine& b, Columns columns) {
  if (columns == Columns::begin) return 0;
  if (columns == Columns::end) return a.count - b.count;
  return static_cast<int>(
      std::lround((middle(b) - middle(a)).dot(a.along) / a.pitch() + (a.count - b.count) / 2.0));
}

void renumber(PrintLine& b, int shift) {
  b.a += shift;
  b.b += shift * b.c;
  b.count += shift;
}

std::optional<Zone> zone_of(std::vector<PrintLine> lines, Columns columns) {
  const PrintLine origin = lines.front();
  std::sort(lines.begin(), lines.end(), [&](const PrintLine& a, const PrintLine& b) {
    return distance(origin, a) < distance(origin, b);
  });
  Zone zone;
  const auto longest = std::max_element(
      lines.begin(), lines.end(),
      [](const PrintLine& a, const PrintLine& b) { return a.count * a.regular < b.count * b.regular; });
  const PrintLine guide = *longest;
  std::vector<cv::Point2d> from, to;
  std::vector<double> pitches;
  zone.count = guide.count;
  for (std::size_t row = 0; row < lines.size(); ++row) {
    const int shift = shift_of(guide, lines[row], columns);
    if (std::abs(shift) > 8) return std::nullopt;
    zone.shifts.push_back(shift);
    renumber(lines[row], shift);
    for (int k = 0; k < guide.count; ++k) {
      from.emplace_back(k, static_cast<double>(row));
      to.push_back(lines[row].at(k));
      if (k > 0) pitches.push_back(cv::norm(to.back() - to[to.size() - 2]));
    }
  }
  const cv::Mat h = cv::findHomography(from, to, 0);
  if (h.empty() || !cv::checkRange(h)) return std::nullopt;
  zone.grid = h;
  std::vector<cv::Point2d> back;
  cv::perspectiveTransform(from, back, zone.grid);
  double sum = 0;
  for (std::size_t k = 0; k < to.size(); ++k) sum += (back[k] - to[k]).dot(back[k] - to[k]);
  zone.residual = std::sqrt(sum / static_cast<double>(to.size()));
  std::nth_element(pitches.begin(), pitches.begin() + static_cast<std::ptrdiff_t>(pitches.size() / 2),
                   pitches.end());
  zone.pitch = pitches[pitches.size() / 2];
  const cv::Point2d apart = middle(lines.back()) - middle(lines.front());
  zone.spacing = std::abs(cross(guide.along, apart)) / zone.pitch / static_cast<double>(lines.size() - 1);
  zone.lines = std::move(lines);
  if (!(zone.residual < 0.4 * zone.pitch)) return std::nullopt;
  return zone;
}

/// Zones have 30, 36 or 44 columns, and large ones are read best.
double promise(const Zone& z) {
  double regular = 0;
  for (const auto& l : z.lines) regular += l.regular / static_cast<double>(z.lines.size());
  const int wrong = z.lines.size() == 3 ? std::abs(z.count - 30) - 4
                                        : std::min(std::abs(z.count - 36), std::abs(z.count - 44));
  return regular - 0.08 * wrong - 2 * z.residual / z.pitch + 0.1 * std::log(z.pitch);
}

/// Lines at even distances on both sides of `guide`.
std::vector<PrintLine> neighbours(const PrintLine& guide, const std::vector<PrintLine>& lines) {
  std::vector<PrintLine> group{guide};
  for (PrintLine l : lines) {
    if (l.along.dot(guide.along) < 0) l = reversed(l);
    if (!parallel(guide, l) || !overlap(guide, l)) continue;
    const double d = std::abs(distance(guide, l));
    if (d > nearest_line && d < 2 * farthest_line) group.push_back(l);
  }
  return group;
}

/// How far a number of characters is from those that lines of zones have.
int off(int count) { return std::min({std::abs(count - 30), std::abs(count - 36), std::abs(count - 44)}); }

/// Whether the stroke is a part of the line.
bool part_of(const Stroke& s, const PrintLine& l) {
  const cv::Point2d from = s.middle - l.at(0);
  const double along = from.dot(l.along), pitch = l.pitch();
  return std::abs(cross(l.along, from)) < 0.6 * pitch && along > -pitch && along < l.count * pitch &&
         std::abs(cross(l.along, s.along)) < 0.1 && s.height < 1.7 * pitch;
}

std::vector<PrintLine> lines_in(const Pyramid& pyramid, Levels levels) {
  std::vector<PrintLine> lines;
  for (const Stroke& stroke : strokes_in(pyramid, levels)) {
    const auto known = [&](const PrintLine& l) {
      return l.count >= 28 && l.regular > 0.3 && part_of(stroke, l);
    };
    if (std::any_of(lines.begin(), lines.end(), known)) continue;
    if (auto line = print_line(pyramid, stroke))
      if (line->count >= least_characters && line->count <= 60 && line->pitch() >= smallest_pitch)
        lines.push_back(*line);
  }
  lines = distinct(std::move(lines));
  if (lines.size() > most_lines) lines.resize(most_lines);
  const std::size_t seen = lines.size();
  int looks = 0;
  for (std::size_t k = 0; k < seen && looks < most_looks; ++k) {
    const PrintLine line = lines[k];
    if (off(line.count) > 2) continue;
    look_beside(pyramid, line, lines);
    ++looks;
  }
  return distinct(std::move(lines));
}

}  // namespace

std::vector<Zone> zones_in(const Pyramid& pyramid, Levels levels) {
  const auto lines = lines_in(pyramid, levels);
  std::vector<Zone> zones;
  const auto add = [&](const std::vector<PrintLine>& group) {
    const std::size_t before = zones.size();
    for (const auto columns : {Columns::begin, Columns::end, Columns::upright}) {
      auto zone = zone_of(group, columns);
      const auto same = [&](const Zone& z) { return z.shifts == zone->shifts; };
      if (zone && std::none_of(zones.begin() + static_cast<std::ptrdiff_t>(before), zones.end(), same))
        zones.push_back(std::move(*zone));
    }
  };
  for (std::size_t k = 0; k < lines.size(); ++k) {
    const auto group = neighbours(lines[k], lines);
    for (std::size_t i = 1; i < group.size(); ++i) {
      const double near = distance(group[0], group[i]);
      if (std::abs(near) < farthest_line && near > 0) add({group[0], group[i]});
      for (std::size_t j = 1; j < group.size(); ++j) {
        const double far = distance(group[0], group[j]);
        if (near > 0 && far > near && std::abs(far / near - 2) < 0.25 && near < 2.4)
          add({group[0], group[i], group[j]});
      }
    }
  }
  std::erase_if(zones, [](const Zone& z) { return z.pitch < smallest_pitch; });
  std::stable_sort(zones.begin(), zones.end(),
                   [](const Zone& a, const Zone& b) { return promise(a) > promise(b); });
  return zones;
}

}  // namespace invigil::idcard
