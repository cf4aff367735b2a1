// The health of the pictures of a stream: what each is like, and what it is compared with the one before.
#pragma once

#include "vision/picture_measure.hpp"

#include <invigil/observation.hpp>
#include <invigil/time.hpp>

#include <optional>

namespace invigil::behaviour {

class PictureWatch {
 public:
  [[nodiscard]] PictureHealth look(const vision::PictureMeasure& picture, Timestamp time);

 private:
  void compare(const cv::Mat& now, Timestamp time, PictureHealth& health);

  cv::Mat before_;
  std::optional<Timestamp> quiet_since_;  ///< From when on no picture differed as live ones do.
  int quiet_ = 0, still_ = 0;             ///< Pictures since, and those of them that hardly differed at all.
  Timestamp last_{};
};

}  // namespace invigil::behaviour
