#include "idcard/tracks.hpp"

#include "idcard/motion.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace invigil::idcard {

namespace {

using std::chrono::milliseconds;

constexpr Duration memory = milliseconds{500};  // looks that the place is the union of
constexpr int confirmed = 3;                    // looks after which flow alone may carry a track on ...
constexpr int patience = 2;                     // ... for so many times the hold
constexpr float lost_slack = 2;                 // pixels added at every picture in which flow failed ...
constexpr int lost_growth = 10;                 // ... but no more than so many times
constexpr float margin = 2;                     // pixels around what is covered
constexpr float touching = 0.15F;               // of the smaller area: the same document
constexpr float inside = 0.97F;                 // of a sight's area: nothing new

bool touch(const Polygon& a, const Polygon& b) {
  return shared_area(a, b) > touching * std::min(area(a), area(b));
}

}  // namespace

Polygon Track::place() const {
  Polygon all;
  for (const auto& seen : seen_) all.insert(all.end(), seen.place.begin(), seen.place.end());
  return hull(all);
}

void Track::add(Polygon place, Timestamp now) {
  seen_.push_back({std::move(place), now});
  ++times_seen_;
}

void Track::follow(const cv::Mat& from, const cv::Mat& to) {
  const auto motion = motion_of(place(), from, to);
  lost_ = motion ? 0 : lost_ + 1;
  if (motion) {
    for (auto& seen : seen_) seen.place = moved(seen.place, *motion);
  } else if (lost_ <= lost_growth) {
    for (auto& seen : seen_) seen.place = grown(seen.place, lost_slack);
  }
}

void Track::rescale(float x, float y) {
  for (auto& seen : seen_) seen.place = scaled(seen.place, x, y);
  lost_ = std::max(lost_, 1);
}

void Track::forget(Timestamp now) {
  while (seen_.size() > 1 && now - seen_.front().when > memory) seen_.pop_front();
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
  times_seen_ = std::max(times_seen_, other.times_seen_);
  lost_ = std::min(lost_, other.lost_);
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

std::vector<Polygon> Tracks::observe(const std::vector<Sight>& sights, Timestamp now) {
  std::vector<Polygon> news;
  for (const auto& sight : sights) {
    const auto touched = std::stable_partition(
        tracks_.begin(), tracks_.end(), [&](const Track& t) { return !touch(t.place(), sight.place); });
    if (!sight.sure()) {
      std::for_each(touched, tracks_.end(), [&](Track& t) { t.glimpse(now); });
      continue;
    }
    const bool known = std::any_of(touched, tracks_.end(), [&](const Track& t) {
      return t.times_seen() >= least_seen_ &&
             shared_area(grown(t.place(), margin), sight.place) >= inside * area(sight.place);
    });
    Track track = touched == tracks_.end() ? Track{sight.place, now} : std::move(*touched);
    if (touched != tracks_.end()) {
      track.add(sight.place, now);
      std::for_each(touched + 1, tracks_.end(), [&](const Track& t) { track.join(t); });
    }
    tracks_.erase(touched, tracks_.end());
    if (!known && track.times_seen() >= least_seen_) news.push_back(track.place());
    tracks_.push_back(std::move(track));
  }
  return news;
}

void Tracks::expire(Timestamp now, cv::Size picture) {
  std::erase_if(tracks_, [&](const Track& t) { return !t.alive(now, hold_, picture); });
  for (auto& track : tracks_) track.forget(now);
}

std::vector<Covered> Tracks::covered(Timestamp now) const {
  std::vector<Covered> result;
  for (const auto& track : tracks_)
    if (track.times_seen() >= least_seen_) result.push_back({grown(track.place(), margin), track.state(now)});
  return result;
}

std::vector<Polygon> Tracks::unconfirmed() const {
  std::vector<Polygon> result;
  for (const auto& track : tracks_)
    if (track.times_seen() < least_seen_) result.push_back(grown(track.place(), margin));
  return result;
}

bool Tracks::any_lost() const {
  return std::any_of(tracks_.begin(), tracks_.end(), [](const Track& t) { return t.lost(); });
}

}  // namespace invigil::idcard
