// Where a picture is worth a look in detail.
#pragma once

#include "idcard/geometry.hpp"
#include "idcard/views.hpp"

#include <invigil/time.hpp>

#include <optional>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

// Note [why only what changed]
// At half of 720p the net misses some cards whose numbers can just be read, mostly on busy ground: of nine
// such pictures (pitch 3.6 to 4.2 of a 720p or 1080p one) it saw none surely, at three quarters of the size
// seven. The whole at that size would cost four looks. But a document does not appear where nothing moves, so
// each part of the picture is looked at again only once it changed.
/// Says which part of a stream's pictures to look at next, of parts that overlap and leave no gap.
class Attention {
 public:
  /// A stream begins, or its size changes; all of its first picture was seen. size: of the picture as it
  /// came. whole: what the net sees of it. pause: between looks, on average.
  void begin(const std::vector<View>& views, Duration pause, cv::Size size, const cv::Mat& whole);
  /// First one where something was seen that must not get lost, else the part that was looked at longest ago
  /// of those that changed since; nothing when there is none or it is too early. known: places in `whole`
  /// where a change says nothing new.
  [[nodiscard]] std::optional<View> next(const cv::Mat& whole, const std::vector<Polygon>& known,
                                         Timestamp now);
  /// What came of the look at it: whether something was seen surely.
  void saw(bool sure, Timestamp now);

 private:
  struct Part {
    View view;
    cv::Rect inner;  ///< In cells: what a look sees well, not cut by an edge of the view.
    Timestamp when;
    bool sure = false;
    bool again = false;  ///< Two looks make a document (tracks.hpp), so the second comes at the next picture.
  };
  [[nodiscard]] const Part* due(const cv::Mat& changed, Timestamp now) const;

  std::vector<Part> parts_;
  Duration pause_{};
  double looks_ = 0;  ///< That may be taken by now.
  cv::Mat cells_;     ///< Brightness of each cell now.
  cv::Mat known_;     ///< The same when it was last looked at.
  std::size_t looking_ = 0;
  std::optional<Timestamp> asked_;
};

}  // namespace invigil::idcard
