// What a picture usually shows.
#pragma once

#include "idcard/geometry.hpp"

#include <invigil/time.hpp>

#include <optional>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// A slow mean of the pictures: what was put before the camera of late differs from it, what hangs on the
/// wall does not.
class Background {
 public:
  /// whole: luma, always of the size that the net sees; another size begins anew.
  void saw(const cv::Mat& whole, Timestamp now);
  /// Whether most of a place (in pixels of `whole`) differs from what it showed in the seconds before. Never
  /// at the beginning, when nothing is known yet.
  [[nodiscard]] bool is_new(const Polygon& place) const;

 private:
  cv::Mat now_, mean_;
  cv::Size size_;
  std::optional<Timestamp> last_;
  Duration known_{};  ///< For how long pictures were seen.
};

}  // namespace invigil::idcard
