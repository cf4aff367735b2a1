#include "idcard/tracks.hpp"

#include "idcard/close_look.hpp"
#include "idcard/motion.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace invigil::idcard {

namespace {

using std::chrono::milliseconds;

constexpr Duration memory = milliseconds{500};        // looks that the place is the union of
constexpr Duration long_memory = milliseconds{2000};  // the same for one that saw more than all later ones
constexpr float nearly = 0.75F;                       // of its area
constexpr int confirmed = 3;                          // looks after which flow alone may carry a track on ...
constexpr int patience = 2;                           // ... for so many times the hold
constexpr float lost_slack = 2;                      // pixels added at every picture in which flow failed ...
constexpr int lost_growth = 10;                      // ... but no more than so many times
constexpr Duration close_every = milliseconds{190};  // between close looks at a document
constexpr Duration close_memory = milliseconds{450};  // after which a close look proves nothing any more
constexpr Duration name_memory = milliseconds{600};   // after which a reading of the zone proves nothing
constexpr float margin = 1;                           // pixels around what is covered
constexpr float as_large = 0.85F;                     // of an earlier look's area: sees as much ...
constexpr float elsewhere = 0.6F;   // ... of which less than this share is common: carried astray
constexpr float touching = 0.15F;   // of the smaller area: the same document
constexpr float inside = 0.97F;     // of a sight's area: nothing new
constexpr float beyond = 1.75F;     // times a sight's slack that it may reach beyond an outline
constexpr float core_share = 0.9F;  // of a sight's length and breadth that is not its margin

bool holds(const Polygon& all, const Polygon& place) {
  return shared_area(all, place) >= inside * area(place);
}

bool touch(const Polygon& a, const Polygon& b) {
  return shared_area(a, b) > touching * std::min(area(a), area(b));
}

}  // namespace

Polygon Track::place() const {
  Polygon all;
  for (const auto& seen : seen_) all.insert(all.end(), seen.place.begin(), seen.place.end());
  return hull(all);
}

// Note [what is followed]
// The hull of several looks is up to twice as large as the document, and the wall in it would outvote the
// document's motion. So flow sees only what the newest look saw.
Polygon Track::core() const { return shrunk(seen_.back().place, core_share); }

// Note [looks that were carried astray]
// A document that moves too fast for flow leaves the places of earlier looks behind, and their hull with the
// newest would cover all the way between. A look that is about as large as an earlier one sees as much of the
// document; then the earlier one, where it lies elsewhere, says nothing more.
void Track::add(const Sight& sight, Timestamp now) {
  std::erase_if(seen_, [&](const Seen& earlier) {
    const float size = area(earlier.place);
    return area(sight.place) >= as_large * size && shared_area(earlier.place, sight.place) < elsewhere * size;
  });
  seen_.push_back({sight.place, now, sight.slack});
  solid_ = solid_ || sight.sure();
  ++times_seen_;
}

void Track::follow(const cv::Mat& from, const cv::Mat& to) {
  motion_ = motion_of(core(), from, to);
  lost_ = motion_ ? 0 : lost_ + 1;
  if (motion_) {
    for (auto& seen : seen_) seen.place = moved(seen.place, *motion_);
    for (auto& look : closely_) look.reveal = moved(look.reveal, *motion_);
    name_ = moved(name_, *motion_);
    return;
  }
  closely_.clear();
  name_.clear();
  if (lost_ <= lost_growth)
    for (auto& seen : seen_) seen.place = grown(seen.place, lost_slack);
}

bool Track::seen_well() const {
  return lost_ == 0 && times_seen_ >= confirmed && breadth(seen_.back().place) >= coarse;
}

void Track::look_closely(std::optional<Reveal> seen, Timestamp now) {
  looked_closely_ = now;
  if (!seen) {
    closely_.clear();
    return;
  }
  if (closely_.size() > 1) closely_.erase(closely_.begin());
  closely_.push_back({std::move(*seen), now});
}

std::optional<Reveal> Track::reveal(Timestamp now) const {
  if (lost_ || closely_.size() < 2 || now - closely_.back().when > close_memory) return std::nullopt;
  auto both = agreed(closely_.front().reveal, closely_.back().reveal);
  if (!both) return std::nullopt;
  if (now - named_ <= name_memory && !both->portrait.empty()) both->name = name_;
  both->outline = outline_of(*both);
  if (both->outline.empty() && both->portrait.empty()) return std::nullopt;
  return both;
}

/// Around what close looks outlined, and what looks since saw without their margins; nothing when one of
/// those saw more than its coarseness explains.
Polygon Track::outline_of(const Reveal& both) const {
  Polygon all = both.outline;
  for (const auto& seen : seen_) {
    if (seen.when < closely_.front().when) continue;
    if (!holds(grown(both.outline, beyond * seen.slack), seen.place)) return {};
    all = united(all, shrunk(seen.place, core_share));
  }
  return all.empty() ? all : both.axes.corners(both.axes.around(all));
}

std::optional<Timestamp> Track::revealed_since() const {
  if (closely_.size() < 2) return std::nullopt;
  return closely_.front().when;
}

bool Track::covers(const Sight& sight, Timestamp now) const {
  if (holds(grown(place(), margin), sight.place)) return true;
  const auto shown = reveal(now);
  return shown && holds(grown(shown->outline, beyond * sight.slack), sight.place);
}

void Track::identify(DocumentType type, const Polygon& name, Timestamp now) {
  if (type == DocumentType::unknown) return;
  type_ = type;
  name_ = name;
  named_ = now;
}

void Track::rescale(float x, float y) {
  for (auto& seen : seen_) seen.place = scaled(seen.place, x, y);
  motion_.reset();
  closely_.clear();
  name_.clear();
  lost_ = std::max(lost_, 1);
}

/// A look is forgotten once a later one saw nearly as much of the document: a finger or glare may hide half
/// of it for longer than the memory.
void Track::forget(Timestamp now) {
  while (seen_.size() > 1 && now - seen_.front().when > memory) {
    const bool seen_again = std::any_of(seen_.begin() + 1, seen_.end(), [&](const Seen& later) {
      return area(later.place) >= nearly * area(seen_.front().place);
    });
    if (!seen_again && now - seen_.front().when <= long_memory) break;
    seen_.pop_front();
  }
}

bool Track::alive(Timestamp now, Duration hold, cv::Size picture) const {
  const Duration since_sure = now - seen_.back().when;
  if (since_sure <= hold) return true;
  const Polygon frame =
      rectangle(0, 0, static_cast<float>(picture.width), static_cast<float>(picture.height));
  const bool followed = lost_ == 0 && times_seen_ >= confirmed && shared_area(place(), frame) > 0;
  return since_sure <= patience * hold && (followed || now - glimpsed_ <= hold);
}

ConcealState Track::state(Timestamp now) const {
  if (seen_.back().when == now) return ConcealState::found;
  return lost_ ? ConcealState::held : ConcealState::tracked;
}

void Track::join(const Track& other) {
  seen_.insert(seen_.end(), other.seen_.begin(), other.seen_.end());
  std::stable_sort(seen_.begin(), seen_.end(), [](const Seen& a, const Seen& b) { return a.when < b.when; });
  glimpsed_ = std::max(glimpsed_, other.glimpsed_);
  solid_ = solid_ || other.solid_;
  times_seen_ = std::max(times_seen_, other.times_seen_);
  lost_ = std::min(lost_, other.lost_);
  if (other.type_ != DocumentType::unknown) type_ = other.type_;
  name_.clear();
  closely_.clear();  // two documents, or one that was seen in two parts: neither is known well
}

void Tracks::advance(const cv::Mat& from, const cv::Mat& to) {
  if (from.empty() || to.empty()) return;
  const bool resized = from.size() != to.size();
  const float x = static_cast<float>(to.cols) / static_cast<float>(from.cols);
  const float y = static_cast<float>(to.rows) / static_cast<float>(from.rows);
  for (auto& track : tracks_) {
    if (resized)
      track.rescale(x, y);
    else
      track.follow(from, to);
  }
}

// Note [two documents]
// Who holds up one document may well hold up another, and the net sees it worse beside the first. So beside a
// document that was found, a place is a document on less evidence than in an empty room.
//
// Note [what is brought]
// Dim, washed out and very near documents give ragged sights, as some rooms do. But a room is there from the
// beginning, and a document comes; so ragged sights count where the picture changed, as long as no better
// ones tell where it is.
//
// Note [documents that reach beyond the picture]
// Of a page that is held before the lens the finer views see what is sharp and printed, and the coarsest sees
// the page. But that takes a sheet of print or a screen for one too, so it is believed only where a document
// was found.
bool Tracks::found(const Sight& sight, std::vector<Track>::const_iterator touched) const {
  if (sight.sure()) return true;
  const auto known = [&](const Track& t) { return t.times_seen() >= least_seen_; };
  if (sight.brought() && std::none_of(touched, tracks_.end(), [](const Track& t) { return t.solid(); }))
    return true;
  if (sight.more) return sight.firm() && tracks_.end() - touched == 1 && known(*touched);
  return sight.likely() && std::none_of(touched, tracks_.end(), known) &&
         std::any_of(tracks_.begin(), touched, known);
}

std::vector<News> Tracks::observe(const std::vector<Sight>& sights, Timestamp now) {
  std::vector<News> news;
  for (const auto& sight : sights) {
    const auto touched = std::stable_partition(
        tracks_.begin(), tracks_.end(), [&](const Track& t) { return !touch(t.place(), sight.place); });
    if (!found(sight, touched)) {
      std::for_each(touched, tracks_.end(), [&](Track& t) { t.glimpse(now); });
      continue;
    }
    const bool covered = std::any_of(touched, tracks_.end(), [&](const Track& t) {
      return t.times_seen() >= least_seen_ && t.covers(sight, now);
    });
    // Earlier pictures are covered already where a known document was seen in them.
    const bool known = tracks_.end() - touched == 1 && touched->times_seen() >= least_seen_;
    Track track = touched == tracks_.end() ? Track{next_id_++, sight, now} : std::move(*touched);
    if (touched != tracks_.end()) {
      track.add(sight, now);
      std::for_each(touched + 1, tracks_.end(), [&](const Track& t) { track.join(t); });
    }
    track.identify(sight.type, sight.name, now);
    tracks_.erase(touched, tracks_.end());
    if (!covered && track.times_seen() >= least_seen_)
      news.push_back({known ? sight.place : track.place(), track.core(), known ? track.id() : -1});
    tracks_.push_back(std::move(track));
  }
  for (auto& one : news)
    one.alone = one.track >= 0 && tracks_.size() == 1 &&
                std::all_of(sights.begin(), sights.end(),
                            [&](const Sight& s) { return !s.sure() || touch(s.place, one.core); });
  return news;
}

void Tracks::expire(Timestamp now, cv::Size picture) {
  std::erase_if(tracks_, [&](const Track& t) { return !t.alive(now, hold_, picture); });
  for (auto& track : tracks_) track.forget(now);
}

std::vector<Covered> Tracks::covered(Timestamp now) const {
  std::vector<Covered> result;
  for (const auto& track : tracks_)
    if (track.times_seen() >= least_seen_)
      result.push_back({grown(track.place(), margin), track.state(now), track.reveal(now), track.type(),
                        false, track.id(), track.motion()});
  return result;
}

std::vector<News> Tracks::unconfirmed() const {
  std::vector<News> result;
  for (const auto& track : tracks_)
    if (track.times_seen() < least_seen_) result.push_back({grown(track.place(), margin), track.core()});
  return result;
}

Track* Tracks::due_for_a_close_look(Timestamp now) {
  Track* due = nullptr;
  for (auto& track : tracks_) {
    const auto last = track.last_close_look();
    if (!track.seen_well() || track.times_seen() < least_seen_ || (last && now - *last < close_every))
      continue;
    if (!due || !last || (due->last_close_look() && *last < *due->last_close_look())) due = &track;
  }
  return due;
}

std::vector<Polygon> Tracks::well_seen() const {
  std::vector<Polygon> places;
  for (const auto& track : tracks_)
    if (track.seen_well()) places.push_back(track.place());
  return places;
}

std::vector<Polygon> Tracks::in_doubt() const {
  std::vector<Polygon> places;
  for (const auto& track : tracks_)
    if (track.lost()) places.push_back(track.place());
  return places;
}

bool Tracks::any_lost() const {
  return std::any_of(tracks_.begin(), tracks_.end(), [](const Track& t) { return t.lost(); });
}

}  // namespace invigil::idcard
