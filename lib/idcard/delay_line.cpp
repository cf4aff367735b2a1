#include "idcard/delay_line.hpp"

#include "idcard/motion.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace invigil::idcard {

namespace {

constexpr float drift = 0.7F;     // pixels that a place grows with every picture that it is followed back
constexpr float lost_growth = 4;  // the same where flow fails
constexpr double fastest = 120;   // frames a second that the line is laid out for

bool is_covered(const Polygon& place, const std::vector<Covered>& covered) {
  return std::any_of(covered.begin(), covered.end(),
                     [&](const Covered& c) { return shared_area(c.place, place) >= 0.97F * area(place); });
}

/// Where the place was in the picture before, and how far that is to be trusted.
Polygon one_back(const Polygon& place, const cv::Mat& later, const cv::Mat& earlier) {
  if (later.size() != earlier.size()) {
    const float x = static_cast<float>(earlier.cols) / static_cast<float>(later.cols);
    const float y = static_cast<float>(earlier.rows) / static_cast<float>(later.rows);
    return grown(scaled(place, x, y), lost_growth);
  }
  const auto motion = motion_of(place, later, earlier);
  return motion ? grown(moved(place, *motion), drift) : grown(place, lost_growth);
}

}  // namespace

// Time stamps may stand still (a broken source); then the count bounds the memory.
DelayLine::DelayLine(Duration delay)
    : delay_(delay), most_(static_cast<std::size_t>(std::ceil(seconds(delay) * fastest))) {}

std::optional<Held> DelayLine::due(Timestamp now) {
  if (line_.empty() || (now - line_.front().frame.time < delay_ && line_.size() <= most_))
    return std::nullopt;
  return take();
}

std::optional<Held> DelayLine::take() {
  if (line_.empty()) return std::nullopt;
  Held oldest = std::move(line_.front());
  line_.pop_front();
  return oldest;
}

void DelayLine::carry_back(const Polygon& place, const cv::Mat& luma) {
  Polygon here = place;
  const cv::Mat* later = &luma;
  for (auto held = line_.rbegin(); held != line_.rend(); ++held) {
    here = one_back(here, *later, held->luma);
    const Polygon picture =
        rectangle(0, 0, static_cast<float>(held->luma.cols), static_cast<float>(held->luma.rows));
    if (shared_area(here, picture) <= 0 || is_covered(here, held->covered)) return;
    held->covered.push_back({here, ConcealState::look_back});
    later = &held->luma;
  }
}

}  // namespace invigil::idcard
