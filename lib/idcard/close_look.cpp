#include "idcard/close_look.hpp"

#include "idcard/portrait_edges.hpp"
#include "idcard/views.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

namespace {

// Chosen with examples/redaction_audit on drawn documents and specimens.
constexpr float sure = 0.5F;                      // of card, portrait, words
constexpr float doubtful = 0.15F;                 // of numbers and zones: from here on hidden
constexpr float surely_number = 0.6F;             // hidden where names are shown
constexpr float faint = 0.35F;                    // of the card: from here on outlined
constexpr float edge = 0.5F, edge_share = 0.01F;  // margin of the outline in map pixels, and in its breadths
constexpr double mean_card = 0.65;                // over the document
constexpr double mean_portrait = 0.75;            // over the portrait
constexpr float rectangular = 0.8F;               // share of a portrait's rectangle that is portrait
constexpr float narrowest = 0.55F, widest = 1.05F;  // width by height of a portrait (26 x 32 to 35 x 45 mm)
constexpr float smallest_share = 0.04F, largest_share = 0.45F;  // of the document, that a portrait takes
constexpr float generous = 1.75F;  // map pixels by which the net may be wrong about a portrait's edges
constexpr float characters =
    1.5F;                         // of a number that may stand on a portrait unseen, if it goes on beside it
constexpr float one_line = 0.3F;  // of the portrait's breadth: what is higher is no single line
constexpr float full = 0.5F;      // share of its rectangle that a place fills, else it is cut in two ...
constexpr float smallest_cut = 2.5F;  // ... down to this many map pixels
constexpr float elongated = 4;        // length by breadth of a machine readable zone
constexpr double surround = 0.25;     // of the place's length, that is seen on every side of it

// Note [how large a document must be before any of it is shown]
// A card is 54 mm broad and a character of OCR-B 2.54 mm: at 134 pixels characters are 6.3 pixels wide. On
// smaller ones the net cannot tell a number that is printed along the portrait's edge from the portrait, and
// the face, of some 30 pixels, tells nobody anything. Of 236 frames that leaked among 3,900 drawn ones 109
// did so by the portrait of a document as small as that.
constexpr float smallest_shown = 134;  // breadth of the document, in pixels of the picture as it came ...
constexpr float smallest_page = 218;   // ... of one that may be a page of 88 mm ...
constexpr float square = 1.5F;  // ... because it is no longer than so many times: cards are 1.59, pages 1.42

struct Part {
  cv::Mat mask;  ///< 255 where it is, of the map's size.
  int pixels = 0;
};

/// The largest connected place above the threshold.
Part largest_part(const cv::Mat& map, float threshold) {
  cv::Mat above, labels, stats, centres;
  cv::compare(map, threshold, above, cv::CMP_GT);
  const int count = cv::connectedComponentsWithStats(above, labels, stats, centres, 8, CV_32S);
  Part best;
  int label = 0;
  for (int k = 1; k < count; ++k)
    if (const int pixels = stats.at<int>(k, cv::CC_STAT_AREA); pixels > best.pixels) {
      best.pixels = pixels;
      label = k;
    }
  best.mask = label ? cv::Mat(labels == label) : cv::Mat(map.size(), CV_8U, cv::Scalar(0));
  return best;
}

std::vector<cv::Point> pixels_of(const cv::Mat& mask) {
  std::vector<cv::Point> pixels;
  cv::findNonZero(mask, pixels);
  return pixels;
}

/// The edges of map pixels, in pixels of the picture.
Polygon points_of(const std::vector<cv::Point>& pixels, float stride) {
  Polygon points;
  points.reserve(pixels.size());
  for (const auto& p : pixels)
    points.emplace_back((static_cast<float>(p.x) + 0.5F) * stride, (static_cast<float>(p.y) + 0.5F) * stride);
  return points;
}

/// The long direction of the smallest rectangle around the points, and how much longer it is than broad.
std::pair<cv::Point2f, float> direction(const Polygon& points) {
  std::array<cv::Point2f, 4> c;
  cv::minAreaRect(points).points(c.data());
  cv::Point2f a = c[1] - c[0], b = c[2] - c[1];
  if (cv::norm(a) < cv::norm(b)) std::swap(a, b);
  return {a, static_cast<float>(cv::norm(a) / std::max(1.0, cv::norm(b)))};
}

// Note [where a portrait ends]
// A map pixel is four pixels wide. Where the map passes one half between two of them is found by summing it
// across: the sum of a row is the share of it that is portrait, so the extent along each axis is where the
// profile passes half of its plateau, between pixels.
/// Where the profile passes half of its plateau, in units of its bins.
std::pair<float, float> extent(const std::vector<float>& profile) {
  std::vector<float> sorted = profile;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 3 / 4),
                   sorted.end());
  const float half = 0.5F * sorted[sorted.size() * 3 / 4];
  std::size_t first = 0, last = profile.size() - 1;
  while (first < last && profile[first] < half) ++first;
  while (last > first && profile[last] < half) --last;
  const auto between = [&](std::size_t in, std::size_t out) {
    return (profile[in] - half) / std::max(1e-3F, profile[in] - profile[out]);
  };
  const float begin = first == 0 ? 0 : static_cast<float>(first) - between(first, first - 1) + 0.5F;
  const float end = last + 1 == profile.size() ? static_cast<float>(profile.size())
                                               : static_cast<float>(last) + between(last, last + 1) + 0.5F;
  return {begin, end};
}

// Note [which way a document lies]
// The smallest rectangle around all map pixels turns by ten degrees and more for one finger or one ragged
// corner. So at every angle the rectangle is asked for that the profiles along and across give, and the angle
// is taken at which it and the document have most in common.
/// What the points (map pixels, `stride` apart) and the rectangle of their profiles have in common, of what
/// either has.
float rectangularity(const Polygon& points, const Axes& axes, float stride) {
  const cv::Rect2f box = axes.around(points);
  const auto bin = [&](float length) { return static_cast<std::size_t>(length / stride + 0.5F); };
  std::vector<float> across(bin(box.width) + 1, 0.0F), down(bin(box.height) + 1, 0.0F);
  for (const auto& p : points) {
    const auto q = axes.into(p) - box.tl();
    ++across[std::min(across.size() - 1, bin(q.x))];
    ++down[std::min(down.size() - 1, bin(q.y))];
  }
  const auto [x0, x1] = extent(across);
  const auto [y0, y1] = extent(down);
  const cv::Rect2f r(box.tl() + cv::Point2f((x0 - 0.5F) * stride, (y0 - 0.5F) * stride),
                     box.tl() + cv::Point2f((x1 - 0.5F) * stride, (y1 - 0.5F) * stride));
  const auto common = static_cast<float>(
      std::count_if(points.begin(), points.end(), [&](const auto& p) { return r.contains(axes.into(p)); }));
  return common / (r.area() / (stride * stride) + static_cast<float>(points.size()) - common);
}

/// The axes on which the points look most like a rectangle.
Axes axes_of(const Polygon& points, float stride) {
  constexpr float quarter = 1.5707963F;
  constexpr int coarse_steps = 30, fine_steps = 8;
  float best = 0, most = -1;
  const auto try_angle = [&](float angle) {
    const float value = rectangularity(points, Axes{{std::cos(angle), std::sin(angle)}}, stride);
    if (value > most) {
      most = value;
      best = angle;
    }
  };
  for (int k = 0; k < coarse_steps; ++k) try_angle(static_cast<float>(k) * quarter / coarse_steps);
  const float around = best;
  for (int k = 1 - fine_steps; k < fine_steps; ++k)
    try_angle(around + static_cast<float>(k) * quarter / (coarse_steps * fine_steps));
  return Axes{{std::cos(best), std::sin(best)}};
}

/// The card's edges, named so that x is the one that is nearest to `hint`.
Axes axes_of(const Polygon& card, float stride, cv::Point2f hint) {
  const Axes axes = axes_of(card, stride), other{{-axes.x().y, axes.x().x}};
  const auto closeness = [&](const Axes& a) { return std::abs(a.x().dot(hint)); };
  const Axes best = closeness(axes) >= closeness(other) ? axes : other;
  return best.x().dot(hint) >= 0 ? best : Axes{-best.x()};
}

/// The rectangle along the axes that a soft part of a map fills.
cv::Rect2f soft_rectangle(const cv::Mat& map, const cv::Mat& near, const Axes& axes, float stride) {
  const auto pixels = pixels_of(near);
  const cv::Rect2f box = axes.around(points_of(pixels, stride));
  const auto bins = [&](float length) { return static_cast<std::size_t>(length / stride) + 1; };
  std::vector<float> across(bins(box.width), 0.0F), down(bins(box.height), 0.0F);
  for (const auto& p : pixels) {
    const auto q = axes.into(points_of({p}, stride)[0]) - box.tl();
    const float value = map.at<float>(p);
    across[std::min(across.size() - 1, static_cast<std::size_t>(q.x / stride + 0.5F))] += value;
    down[std::min(down.size() - 1, static_cast<std::size_t>(q.y / stride + 0.5F))] += value;
  }
  const auto [x0, x1] = extent(across);
  const auto [y0, y1] = extent(down);
  return {box.tl() + cv::Point2f((x0 - 0.5F) * stride, (y0 - 0.5F) * stride),
          box.tl() + cv::Point2f((x1 - 0.5F) * stride, (y1 - 0.5F) * stride)};
}

cv::Rect2f grown(const cv::Rect2f& r, float by) {
  return {r.x - by, r.y - by, r.width + 2 * by, r.height + 2 * by};
}

/// The portrait, if there is one for sure.
std::optional<cv::Rect2f> portrait_in(const Maps& maps, const cv::Mat& card, const Axes& axes, float stride) {
  cv::Mat inside;
  maps.portrait.copyTo(inside, card);
  const Part part = largest_part(inside, sure);
  if (part.pixels < 12 || cv::mean(maps.portrait, part.mask)[0] < mean_portrait) return std::nullopt;
  cv::Mat near;
  cv::dilate(part.mask, near, cv::Mat());
  const cv::Rect2f r = soft_rectangle(maps.portrait, near, axes, stride);
  const float cell = stride * stride, area = r.area();
  const float share = area / (cell * static_cast<float>(cv::countNonZero(card)));
  const float shape = std::min(r.width, r.height) / std::max(r.width, r.height);
  if (area <= 0 || static_cast<float>(part.pixels) * cell < rectangular * area || shape < narrowest ||
      shape > widest || share < smallest_share || share > largest_share)
    return std::nullopt;
  return r;
}

// Note [why places are cut in two]
// Lines of print run into each other in the map, and one rectangle around them all would show, or hide, what
// lies between. So a place that fills less than half of its rectangle is cut across the longer side, and its
// halves likewise.
void cut(Polygon points, const Axes& axes, float stride, float margin, std::vector<cv::Rect2f>& into) {
  const cv::Rect2f box = grown(axes.around(points), 0.5F * stride);
  const float filled = static_cast<float>(points.size()) * stride * stride / box.area();
  if (filled >= full || std::max(box.width, box.height) <= smallest_cut * stride) {
    into.push_back(grown(box, margin - 0.5F * stride));
    return;
  }
  const bool across = box.width >= box.height;
  const auto place = [&](const cv::Point2f& p) { return across ? axes.into(p).x : axes.into(p).y; };
  const float middle = across ? box.x + box.width / 2 : box.y + box.height / 2;
  const auto half =
      std::partition(points.begin(), points.end(), [&](const auto& p) { return place(p) < middle; });
  for (const Polygon& part : {Polygon(points.begin(), half), Polygon(half, points.end())})
    if (!part.empty()) cut(part, axes, stride, margin, into);
}

/// A line of print that ends at a portrait, continued on it by `characters`: the net takes those for the
/// portrait.
cv::Rect2f continued(const cv::Rect2f& line, const cv::Rect2f& portrait) {
  const float height = std::min(line.width, line.height), breadth = std::min(portrait.width, portrait.height);
  if ((line & portrait).area() <= 0 || height > 2 * one_line * breadth) return line;
  const float by = characters * std::min(height, one_line * breadth);
  if (line.width > line.height) return {line.x - by, line.y, line.width + 2 * by, line.height};
  return {line.x, line.y - by, line.width, line.height + 2 * by};
}

/// Rectangles along the axes that together hold all connected places above a threshold.
std::vector<cv::Rect2f> rectangles_in(const cv::Mat& map, float threshold, const Axes& axes, float stride,
                                      float margin) {
  cv::Mat above, labels;
  cv::compare(map, threshold, above, cv::CMP_GT);
  const int count = cv::connectedComponents(above, labels, 8, CV_32S);
  std::vector<std::vector<cv::Point>> parts(static_cast<std::size_t>(count));
  for (const auto& p : pixels_of(above)) parts[static_cast<std::size_t>(labels.at<int>(p))].push_back(p);
  std::vector<cv::Rect2f> result;
  for (const auto& part : parts)
    if (!part.empty()) cut(points_of(part, stride), axes, stride, margin, result);
  return result;
}

/// Around the document, and the numbers and zones that touch it.
cv::Rect2f outline_in(const Maps& maps, const Axes& axes, const std::vector<cv::Rect2f>& hidden,
                      float stride) {
  const cv::Rect2f card =
      grown(axes.around(points_of(pixels_of(largest_part(maps.card, faint).mask), stride)), 0.5F * stride);
  cv::Rect2f all = card;
  for (const auto& r : hidden)
    if ((r & card).area() > 0) all |= r;
  return grown(all, edge * stride + edge_share * std::min(card.width, card.height));
}

/// The part of the picture that a close look sees, and at which zoom: `side` pixels for the place's length.
View view_of(const Polygon& place, cv::Size picture, int side) {
  const cv::Rect box = cv::boundingRect(place);
  const int longest = std::max({1, box.width, box.height});
  const int border = static_cast<int>(surround * longest);
  const cv::Rect part(box.x - border, box.y - border, box.width + 2 * border, box.height + 2 * border);
  return {part & cv::Rect(cv::Point(), picture), std::min(1.0, static_cast<double>(side) / longest)};
}

}  // namespace

std::optional<Reveal> reveal_in(const Maps& maps, float stride, float zoom) {
  const Part card = largest_part(maps.card, sure);
  if (card.pixels < 50 || cv::mean(maps.card, card.mask)[0] < mean_card) return std::nullopt;
  const Polygon outline = points_of(pixels_of(card.mask), stride);

  cv::Mat zone_inside;
  maps.zone.copyTo(zone_inside, card.mask);
  const Part zone = largest_part(zone_inside, sure);
  cv::Point2f hint = direction(outline).first;  // cards lie across unless a zone says otherwise
  const bool has_zone = zone.pixels >= 8;
  if (has_zone) {
    const auto [along, ratio] = direction(points_of(pixels_of(zone.mask), stride));
    if (ratio >= elongated) hint = along;
  }
  Reveal reveal;
  reveal.axes = axes_of(outline, stride, hint);
  const auto& axes = reveal.axes;
  const cv::Rect2f box = axes.around(outline);
  const float breadth = std::min(box.width, box.height) + stride,
              length = std::max(box.width, box.height) + stride;
  const bool large = breadth >= (length < square * breadth ? smallest_page : smallest_shown) * zoom;
  const cv::Rect2f shown =
      large ? portrait_in(maps, card.mask, axes, stride).value_or(cv::Rect2f{}) : cv::Rect2f{};
  if (shown.area() > 0) reveal.portrait = axes.corners(shown);
  const auto put = [&](std::vector<Polygon>& to, const std::vector<cv::Rect2f>& from) {
    for (const auto& r : from) to.push_back(axes.corners(r));
  };
  auto hidden = rectangles_in(maps.number, doubtful, axes, stride, stride);
  const auto numbers = static_cast<std::ptrdiff_t>(hidden.size());
  const auto zones = rectangles_in(maps.zone, doubtful, axes, stride, stride);
  hidden.insert(hidden.end(), zones.begin(), zones.end());
  reveal.outline = axes.corners(outline_in(maps, axes, hidden, stride));
  std::for_each(hidden.begin(), hidden.begin() + numbers, [&](auto& r) { r = continued(r, shown); });
  put(reveal.hidden, hidden);
  put(reveal.numbers, rectangles_in(maps.number, surely_number, axes, stride, stride));
  if (has_zone) reveal.zone = axes.corners(axes.around(points_of(pixels_of(zone.mask), stride)));
  return reveal;
}

std::optional<Reveal> close_look(Net& net, const cv::Mat& luma, const Polygon& place, cv::Size whole,
                                 int side) {
  const float x = static_cast<float>(luma.cols) / static_cast<float>(whole.width);
  const float y = static_cast<float>(luma.rows) / static_cast<float>(whole.height);
  const View view = view_of(scaled(place, x, y), luma.size(), side);
  if (view.part.width < 16 || view.part.height < 16) return std::nullopt;
  const cv::Mat picture = seen(luma, view);
  const auto stride = static_cast<float>(net_stride);
  auto reveal = reveal_in(net.look(picture), stride, static_cast<float>(view.zoom));
  if (!reveal) return std::nullopt;
  const Axes& axes = reveal->axes;
  if (!reveal->portrait.empty())
    reveal->portrait =
        axes.corners(photograph(picture, axes, axes.around(reveal->portrait), generous * stride));
  const auto back = static_cast<float>(1 / view.zoom);
  const cv::Matx33d to_whole(back / x, 0, static_cast<float>(view.part.x) / x, 0, back / y,
                             static_cast<float>(view.part.y) / y, 0, 0, 1);
  return moved(*reveal, to_whole);
}

}  // namespace invigil::idcard
