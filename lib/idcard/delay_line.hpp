// Frames that wait, so that a document found now is covered from its first appearance on.
#pragma once

#include "idcard/tracks.hpp"

#include <invigil/frame.hpp>
#include <invigil/time.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// A frame that waits, with what is to be covered in it.
struct Held {
  RawFrame frame;
  cv::Mat luma;  ///< What the net sees of it.
  std::vector<Covered> covered;
};

// Note [why a delay line]
// A document that comes into view is seen late: half hidden, blurred, or between two looks. Its number may be
// legible all the same. So frames wait, and what is found is covered backwards in time as well.
class DelayLine {
 public:
  explicit DelayLine(Duration delay);

  void push(Held held) { line_.push_back(std::move(held)); }
  /// The oldest frame, once it has waited long enough for `now`.
  [[nodiscard]] std::optional<Held> due(Timestamp now);
  /// The oldest frame, however long it has waited.
  [[nodiscard]] std::optional<Held> take();
  /// Covers a place that was found in `luma`, the picture after the newest that waits, in the pictures that
  /// wait: followed backwards where flow succeeds, else grown on the spot. Stops where it is covered already.
  /// Where the oldest still shows the same, and older ones have left, its cover is marked as late.
  void carry_back(const News& news, const cv::Mat& luma);
  /// Closes the windows of what waits and overlaps the place, unless they were confirmed since: what was
  /// shown there is in doubt.
  void close_windows(const Polygon& place);
  /// Two close looks at a track agreed, the second at the picture after the newest that waits. What waits of
  /// that track is shown likewise, as far back as it was followed without a break. motion: of the track to
  /// the picture of the second look. since: time of the first look; before it the outline is not known.
  void confirm(int track, Reveal reveal, std::optional<cv::Matx33d> motion, Timestamp since);
  [[nodiscard]] std::size_t size() const { return line_.size(); }

 private:
  Duration delay_;
  std::size_t most_;
  bool let_go_ = false;  ///< A frame has left.
  std::deque<Held> line_;
};

}  // namespace invigil::idcard
