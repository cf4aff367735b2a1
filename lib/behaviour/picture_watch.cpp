#include "behaviour/picture_watch.hpp"

#include <chrono>

namespace invigil::behaviour {

namespace {

// A camera that runs never gives the same picture twice: its noise alone changes the mean by 0.2 or more, or
// at least leaves fewer than 80 % of the pixels as they were (a live face: 0.85 mean change and more). An
// empty room in good light can go below, so that a flag asks for more than this state.
constexpr float least_change = 0.2F;
constexpr float most_identical = 0.8F;
constexpr Duration frozen_after = std::chrono::seconds{2};

// Note [encoders and frozen pictures]
// In a file a frozen picture is not the same at once: an encoder improves it for half a second (changes of
// 0.4, 0.2, 0.03 at 640x480 by x264), and starts anew at every keyframe (0.2). Such changes are less than any
// live face's, so they end no frozen picture, if most of its pictures did not change.
constexpr float quiet_change = 0.6F;
constexpr double most_still = 0.6;  // share of pictures

}  // namespace

PictureHealth PictureWatch::look(const vision::PictureMeasure& picture, Timestamp time) {
  PictureHealth health{.time = time,
                       .luma = picture.mean,
                       .spread = picture.spread,
                       .sharpness = picture.sharpness,
                       .change = 0,
                       .state = vision::judge(picture)};
  compare(picture.thumbnail, time, health);
  before_ = picture.thumbnail;
  last_ = time;
  return health;
}

void PictureWatch::compare(const cv::Mat& now, Timestamp time, PictureHealth& health) {
  const auto change = vision::change_between(before_, now);
  if (!change) return quiet_since_.reset();
  health.change = change->mean;
  if (change->mean >= quiet_change) return quiet_since_.reset();
  if (!quiet_since_) {
    quiet_since_ = last_;
    quiet_ = still_ = 0;
  }
  ++quiet_;
  const bool still = change->mean < least_change && change->identical > most_identical;
  if (still) ++still_;
  // A covered or dark picture is still by nature; the cause is the better report.
  if (time - *quiet_since_ >= frozen_after && still_ >= most_still * quiet_ &&
      health.state == PictureState::ok)
    health.state = PictureState::frozen;
}

}  // namespace invigil::behaviour
