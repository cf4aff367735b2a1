#include "idcard/attention.hpp"

#include "idcard/cells.hpp"

#include <algorithm>
#include <chrono>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

namespace {

using std::chrono::milliseconds;

constexpr Duration keep =
    milliseconds{350};  // after which what was seen is looked at again: less than the hold
constexpr int cut = 8;  // the share of a view along an edge in which a document is cut: one by this

/// The part of the view that it sees well, in cells.
cv::Rect inner_of(const View& view, cv::Size picture, cv::Size cells) {
  const cv::Rect& r = view.part;
  const int x = r.width / cut, y = r.height / cut;
  const int left = r.x > 0 ? r.x + x : 0, right = r.br().x < picture.width ? r.br().x - x : picture.width;
  const int top = r.y > 0 ? r.y + y : 0, bottom = r.br().y < picture.height ? r.br().y - y : picture.height;
  const auto scaled = [](int value, int from, int to) {
    return static_cast<int>(std::int64_t{value} * to / from);
  };
  const cv::Point a(scaled(left, picture.width, cells.width), scaled(top, picture.height, cells.height));
  const cv::Point b(scaled(right, picture.width, cells.width), scaled(bottom, picture.height, cells.height));
  return cv::Rect(a, b) & cv::Rect(cv::Point(), cells);
}

/// Where the picture changed, but for the known places.
cv::Mat changes(const cv::Mat& before, const cv::Mat& now, const std::vector<Polygon>& known) {
  cv::Mat changed = changed_cells(before, now);
  for (const auto& place : known) {
    std::vector<cv::Point> corners;
    for (const auto& p : grown(place, cell)) corners.emplace_back(p / static_cast<float>(cell));
    cv::fillConvexPoly(changed, corners, 0);
  }
  return changed;
}

}  // namespace

void Attention::begin(const std::vector<View>& views, Duration pause, cv::Size size, const cv::Mat& whole) {
  parts_.clear();
  asked_.reset();
  looks_ = 1;
  pause_ = pause;
  into_cells(whole, known_);
  for (const auto& view : views) parts_.push_back({view, inner_of(view, size, known_.size()), {}});
}

const Attention::Part* Attention::due(const cv::Mat& changed, Timestamp now) const {
  const Part* next = nullptr;
  for (const auto& part : parts_) {
    if (part.again && now > part.when) return &part;
    if (looks_ < 1) continue;
    if (part.sure && now - part.when >= keep) return &part;  // before all that only changed
    if (cv::countNonZero(changed(part.inner)) < least_cells) continue;
    if (!next || part.when < next->when) next = &part;
  }
  return next;
}

std::optional<View> Attention::next(const cv::Mat& whole, const std::vector<Polygon>& known, Timestamp now) {
  if (parts_.empty()) return std::nullopt;
  const double elapsed = asked_ && now > *asked_ ? seconds(now - *asked_) / seconds(pause_) : 0;
  looks_ = std::min(looks_ + elapsed, static_cast<double>(parts_.size()));
  asked_ = now;
  const bool again = std::any_of(parts_.begin(), parts_.end(), [](const Part& p) { return p.again; });
  if (looks_ < 1 && !again) return std::nullopt;
  into_cells(whole, cells_);
  const Part* next = due(changes(known_, cells_, known), now);
  if (!next) return std::nullopt;
  looking_ = static_cast<std::size_t>(next - parts_.data());
  return next->view;
}

void Attention::saw(bool sure, Timestamp now) {
  Part& part = parts_[looking_];
  part.again = sure && !part.sure;
  part.sure = sure;
  part.when = now;
  looks_ = std::max(0.0, looks_ - 1);
  cells_(part.inner).copyTo(known_(part.inner));
}

}  // namespace invigil::idcard
