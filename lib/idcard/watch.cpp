#include "idcard/watch.hpp"

#include "idcard/cells.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

namespace {

using std::chrono::milliseconds;

constexpr int close_looks = 15;                     // in a row, once something is suspected
constexpr int calm_looks = 4;                       // without suspicion before the next series
constexpr double patience_again = 3;                // looks in such series that come to nothing, every second
constexpr Duration tile_round = milliseconds{300};  // in which every tile is seen: less than the look-back
constexpr Duration detail_pause = milliseconds{300};  // between looks at details
constexpr Duration level_round = milliseconds{1000};  // in which zones are looked for at every size ...
constexpr Duration calm_round = milliseconds{3000};   // ... and while nothing is suspected
constexpr Duration zone_again = milliseconds{400};    // between looks at a zone: less than the hold
constexpr float page_slack = 0.1F;  // of its breadth: a page's far corners are extrapolated from its zone
constexpr float unsure = 0.6F;      // of a sight in a coarse view that a finer one must confirm
constexpr int small_side = net_side / 2;  // of the view in which near documents are seen best ...
constexpr int small_every = 8;            // ... and pictures between looks at it
constexpr int afar_side =
    net_side / 4;                   // of the view in which those are seen that reach beyond the picture ...
constexpr float afar_share = 0.5F;  // ... of which they fill so much ...
constexpr int afar_edges = 3;       // ... and reach so many edges
// Characters that would stand side by side along a place: 49 on a page of TD3, 34 on TD1; places are up to a
// fifth too long.
constexpr float most_characters = 58, fewest_characters = 33;

}  // namespace

std::vector<Sight> Watch::look(const cv::Mat& luma, const cv::Mat& whole, Timestamp now, bool urgent,
                               bool busy, const std::vector<Polygon>& known) {
  sights_.clear();
  looks_ = 0;
  const bool first = size_ != luma.size();
  background_.saw(whole, now);
  if (first) {
    size_ = luma.size();
    next_level_ = 0;
    zone_.clear();
    last_zone_.reset();
    last_level_.reset();
    look_at_everything(luma, whole);
    const auto tiles = tiles_of(size_);
    tiles_.begin(tiles, tile_round / static_cast<Duration::rep>(std::max<std::size_t>(1, tiles.size())),
                 size_, whole);
    details_.begin(fine_tiles_of(size_), detail_pause, size_, whole);
    last_whole_ = now;
    since_whole_ = 0;
    into_cells(whole, known_cells_);
  } else {
    if (is_whole_due(whole, now, urgent, busy)) look_at_whole(whole, now);
    ++count_;
    look_at_small(luma, whole);
    if (!busy) look_at_tiles(luma, whole, now);
    if (pace_.thorough && !busy && since_whole_ > 0) look_in_detail(luma, whole, known, now);
  }
  look_for_zones(luma, whole, known, now);
  for (auto& sight : sights_) sight.fresh = background_.is_new(sight.place);
  return std::move(sights_);
}

// What stands still looks the same to the net again: it is looked at less often then.
bool Watch::is_whole_due(const cv::Mat& whole, Timestamp now, bool urgent, bool busy) {
  const Duration since = now - last_whole_.value_or(now);
  patience_ =
      std::min(most_patience, patience_ + patience_again * seconds(now - last_picture_.value_or(now)));
  last_picture_ = now;
  urgent_ = urgent ? urgent_ + 1 : 0;
  ++since_whole_;
  if (!busy && ((closely_ > 0 && patience_ >= 1) || (urgent && urgent_ <= close_looks))) return true;
  if (since_whole_ < pace_.every && since < pace_.longest_gap) return false;
  if (since >= pace_.longest_rest) return true;
  into_cells(whole, cells_);
  return cv::countNonZero(changed_cells(known_cells_, cells_)) >= least_cells;
}

void Watch::look_at_whole(const cv::Mat& whole, Timestamp now) {
  if (closely_ > 0) {
    --closely_;
    patience_ = std::max(0.0, patience_ - 1);
  }
  since_whole_ = 0;
  last_whole_ = now;
  ++looks_;
  into_cells(whole, known_cells_);
  sights_ = sights_in(net_.look(whole).suspicion());
  if (std::ranges::any_of(sights_, [](const Sight& s) { return s.sure(); })) patience_ = most_patience;
  mind(!sights_.empty());
}

bool Watch::look_at(const cv::Mat& luma, const View& view, const cv::Mat& whole, bool afar) {
  ++looks_;
  bool sure = false;
  auto found = sights_in(net_.look(seen(luma, view)).suspicion());
  const float x = static_cast<float>(whole.cols) / static_cast<float>(luma.cols);
  const float y = static_cast<float>(whole.rows) / static_cast<float>(luma.rows);
  const auto zoom = static_cast<float>(view.zoom);
  const bool finer_follows = view.zoom < whole_view(luma.size(), net_side).zoom;
  for (auto& sight : found) {
    sight.more = afar;
    if (finer_follows && !afar && breadth(sight.place) < coarse) sight.peak = std::min(sight.peak, unsure);
    for (auto& p : sight.place)
      p = {(p.x / zoom + static_cast<float>(view.part.x)) * x,
           (p.y / zoom + static_cast<float>(view.part.y)) * y};
    sight.slack *= std::max(x, y) / zoom;
    sure = sure || sight.sure();
    sights_.push_back(std::move(sight));
  }
  return sure;
}

// At once again where something new appears: two looks make a document (tracks.hpp), and must fit the
// look-back.
void Watch::look_at_small(const cv::Mat& luma, const cv::Mat& whole) {
  if (count_ % small_every != small_every / 2 && !small_again_) return;
  const bool sure = look_at(luma, whole_view(size_, small_side), whole);
  small_again_ = sure && !small_seen_;
  if (std::ranges::any_of(sights_, [&](const Sight& s) { return edges_reached(s.place, whole.size()) > 0; }))
    look_from_afar(luma, whole);
  small_seen_ = sure;
}

/// For documents that reach beyond the picture, as one that was just seen may: says only how large it is.
void Watch::look_from_afar(const cv::Mat& luma, const cv::Mat& whole) {
  const auto before = static_cast<std::ptrdiff_t>(sights_.size());
  look_at(luma, whole_view(size_, afar_side), whole, true);
  const float least = afar_share * static_cast<float>(whole.total());
  sights_.erase(std::remove_if(sights_.begin() + before, sights_.end(),
                               [&](const Sight& s) {
                                 return area(s.place) < least ||
                                        edges_reached(s.place, whole.size()) < afar_edges;
                               }),
                sights_.end());
}

// What a busy picture leaves out is made up for at the next.
void Watch::look_at_tiles(const cv::Mat& luma, const cv::Mat& whole, Timestamp now) {
  while (const auto view = tiles_.next(whole, {}, now)) tiles_.saw(look_at(luma, *view, whole), now);
}

// What is large the whole shows better, and of a document that is seen well a part of the picture may show a
// piece only, which says less.
void Watch::look_in_detail(const cv::Mat& luma, const cv::Mat& whole, const std::vector<Polygon>& known,
                           Timestamp now) {
  const auto view = details_.next(whole, known, now);
  if (!view) return;
  const auto before = static_cast<std::ptrdiff_t>(sights_.size());
  look_at(luma, *view, whole);
  const auto seen_better = [&](const Sight& sight) {
    return breadth(sight.place) >= coarse ||
           std::any_of(known.begin(), known.end(), [&](const Polygon& place) {
             return shared_area(place, sight.place) > 0.5F * area(sight.place);
           });
  };
  sights_.erase(std::remove_if(sights_.begin() + before, sights_.end(), seen_better), sights_.end());
  details_.saw(std::any_of(sights_.begin() + before, sights_.end(), [](const Sight& s) { return s.sure(); }),
               now);
}

void Watch::look_at_everything(const cv::Mat& luma, const cv::Mat& whole) {
  for (const auto& view : all_views(luma.size())) look_at(luma, view, whole);
  mind(!sights_.empty());
}

// Note [a second opinion]
// The net and the reader of zones share nothing, so that what one of them cannot see the other may. A
// reader's look at everything would take longer than a frame has, so each of its looks is at one size. A zone
// that was read covers only from the second look on, like all sights, so that look comes at once, and then
// often enough that the track lives on. Of a document that the net sees well only the name is at stake: the
// reader looks at nothing but that document, at the sizes that its zone can have, and elsewhere as in calm.
void Watch::look_for_zones(const cv::Mat& luma, const cv::Mat& whole, const std::vector<Polygon>& known,
                           Timestamp now) {
  const auto due = [&](const std::optional<Timestamp>& last, Duration every) {
    return !last || now - *last >= every;
  };
  if (!zone_.empty()) {
    if (last_zone_ && !due(last_zone_, zone_again)) return;
    const Polygon here = zone_;
    const bool again = see_zone(luma, whole, &here, zone_levels_);
    last_zone_ = again ? std::optional(now) : std::nullopt;
    if (!again) zone_.clear();
    return;
  }
  if (!known.empty() && due(last_known_, zone_again / static_cast<Duration::rep>(known.size()))) {
    last_known_ = now;
    last_zone_.reset();  // the next look confirms
    const float x = static_cast<float>(luma.cols) / static_cast<float>(whole.cols);
    const float y = static_cast<float>(luma.rows) / static_cast<float>(whole.rows);
    const Polygon here = scaled(known[next_known_++ % known.size()], x, y);
    see_zone(luma, whole, &here,
             levels_for(length(here) / most_characters, length(here) / fewest_characters));
    return;
  }
  const auto levels = levels_of(luma.size());
  const Duration round = calm_ >= calm_looks || !known.empty() ? calm_round : level_round;
  if (!due(last_level_, round / static_cast<Duration::rep>(levels))) return;
  last_level_ = now;
  last_zone_.reset();  // the next look confirms
  see_zone(luma, whole, nullptr, {next_level_ % levels, next_level_ % levels});
  ++next_level_;
}

/// Adds the page of a zone that was read surely to the sights.
bool Watch::see_zone(const cv::Mat& luma, const cv::Mat& whole, const Polygon* within, Levels levels) {
  const auto seen = reader_.read(luma, within, levels);
  if (!seen || !seen->sure()) return false;
  const Polygon visible = seen->cover(luma.size());
  if (visible.empty()) return false;
  zone_ = grown(visible, 3 * seen->pitch);
  zone_levels_ = levels_for(0.8F * seen->pitch, 1.25F * seen->pitch);  // it may come nearer
  const float x = static_cast<float>(whole.cols) / static_cast<float>(luma.cols);
  const float y = static_cast<float>(whole.rows) / static_cast<float>(luma.rows);
  const Polygon page = scaled(visible, x, y);
  sights_.push_back({page, 1, 1, seen->type, scaled(seen->name_field(), x, y), page_slack * breadth(page)});
  return true;
}

/// The first weak suspicion after calm starts a series of close looks; a lasting one does not start another,
/// so that a picture on the wall does not cost a look at every frame for the whole session. Nor does one that
/// is suspected now and then: series that come to nothing use up the patience for more.
void Watch::mind(bool weak) {
  if (weak && calm_ >= calm_looks && pace_.thorough) closely_ = close_looks;
  calm_ = weak ? 0 : calm_ + 1;
}

}  // namespace invigil::idcard
