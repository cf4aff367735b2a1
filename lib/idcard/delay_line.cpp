#include "idcard/delay_line.hpp"

#include "idcard/motion.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

namespace {

constexpr float drift = 0.7F;     // pixels that a place grows with every picture that it is followed back
constexpr float lost_growth = 4;  // the same where flow fails
constexpr float alike = 0.5F;     // correlation from which two pictures show the same
constexpr float as_large = 1.3F;  // of a document's outline: still that document
constexpr double fastest = 120;   // frames a second that the line is laid out for

bool is_covered(const Polygon& place, const std::vector<Covered>& covered) {
  return std::any_of(covered.begin(), covered.end(), [&](const Covered& c) {
    return !c.reveal && shared_area(c.place, place) >= 0.97F * area(place);
  });
}

/// A place that is followed back in time.
struct Path {
  Polygon place;
  Polygon core;
  cv::Matx33d motion = cv::Matx33d::eye();  ///< From where it was found.
  bool followed = true;                     ///< By flow all the way.

  void step(const cv::Mat& later, const cv::Mat& earlier) {
    const bool resized = later.size() != earlier.size();
    const auto moves = resized ? std::nullopt : motion_of(core, later, earlier);
    if (resized)
      place = scaled(place, static_cast<float>(earlier.cols) / static_cast<float>(later.cols),
                     static_cast<float>(earlier.rows) / static_cast<float>(later.rows));
    place = moves ? grown(moved(place, *moves), drift) : grown(place, lost_growth);
    if (moves) {
      motion = *moves * motion;
      core = moved(core, *moves);
    }
    followed = followed && moves;
  }
};

// Note [late, or never there]
// Flow follows the wall behind a document as well as the document. So what was at the end of the path is laid
// over what was found; only if it looks alike the document was there.
bool looks_alike(const Path& path, const Polygon& found, const cv::Mat& now, const cv::Mat& then) {
  const cv::Rect box = cv::boundingRect(found) & cv::Rect(0, 0, now.cols, now.rows);
  if (!path.followed || box.width < 8 || box.height < 8) return false;
  const cv::Matx33d to_picture = path.motion * cv::Matx33d(1, 0, box.x, 0, 1, box.y, 0, 0, 1);
  cv::Mat back, likeness;
  cv::warpPerspective(then, back, to_picture, box.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP);
  cv::matchTemplate(now(box), back, likeness, cv::TM_CCOEFF_NORMED);
  return likeness.at<float>(0, 0) > alike;
}

// Note [where look-back may stop]
// When a document is moved away, flow fails and a look sees it anew elsewhere. The frames before need not be
// covered anew where two looks that agree say where it was: had there been another document, there would be
// two tracks, two sights, or one that is too large for one.
bool knows(const Held& held, const News& news) {
  return std::any_of(held.covered.begin(), held.covered.end(), [&](const Covered& c) {
    return news.alone && c.track == news.track && c.confirmed && c.reveal &&
           area(news.core) <= as_large * area(c.reveal->outline);
  });
}

// Note [more of a known document]
// That more of a document is seen than was known does not unsay where its portrait is: what was shown of it
// stays so, and closes with the document's other windows. Only its outline is no longer known.
Covered more_of(const Held& held, const News& news, Polygon place) {
  Covered more{std::move(place), ConcealState::look_back};
  const auto same = std::find_if(held.covered.begin(), held.covered.end(),
                                 [&](const Covered& c) { return news.track >= 0 && c.track == news.track; });
  if (same == held.covered.end()) return more;
  more.track = same->track;
  more.reveal = same->reveal;
  if (more.reveal) more.reveal->outline.clear();
  more.type = same->type;
  more.motion = same->motion;
  more.confirmed = same->confirmed;
  return more;
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
  let_go_ = true;
  return oldest;
}

void DelayLine::carry_back(const News& news, const cv::Mat& luma) {
  Path path{news.place, news.core};
  const cv::Mat* later = &luma;
  for (auto held = line_.rbegin(); held != line_.rend(); ++held) {
    if (knows(*held, news)) return;
    path.step(*later, held->luma);
    const Polygon picture =
        rectangle(0, 0, static_cast<float>(held->luma.cols), static_cast<float>(held->luma.rows));
    if (shared_area(path.place, picture) <= 0 || is_covered(path.place, held->covered)) return;
    held->covered.push_back(more_of(*held, news, path.place));
    later = &held->luma;
  }
  if (let_go_ && !line_.empty() && looks_alike(path, news.place, luma, *later))
    line_.front().covered.back().late = true;
}

void DelayLine::close_windows(const Polygon& place) {
  for (auto& held : line_)
    for (auto& covered : held.covered)
      if (covered.reveal && !covered.confirmed && shared_area(covered.place, place) > 0)
        covered.reveal.reset();
}

// Note [windows that open backwards]
// A window needs two looks that agree, and ends when they are old. Frames that wait between two such looks
// have proof on both sides; those before the first have it on one, as those after the last do. So what the
// second look allows is carried back along the path on which the document was followed, and from then on a
// later doubt says nothing about them.
void DelayLine::confirm(int track, Reveal reveal, std::optional<cv::Matx33d> motion, Timestamp since) {
  for (auto held = line_.rbegin(); held != line_.rend() && motion; ++held) {
    const auto of_track = [&](const Covered& c) { return c.track == track; };
    const auto same = std::find_if(held->covered.begin(), held->covered.end(), of_track);
    if (same == held->covered.end() || same->confirmed) return;
    reveal = moved(reveal, motion->inv());
    if (held->frame.time < since) reveal.outline.clear();
    motion = same->motion;
    same->reveal = reveal;
    same->confirmed = true;
    for (auto more = std::next(same); more != held->covered.end(); ++more)
      if (of_track(*more)) {
        more->reveal = reveal;
        more->reveal->outline.clear();
        more->confirmed = true;
      }
  }
}

}  // namespace invigil::idcard
