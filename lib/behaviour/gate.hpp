// How closely a stream of pictures is looked at.
#pragma once

#include "behaviour/face_watch.hpp"
#include "vision/picture_measure.hpp"

#include <invigil/observation.hpp>

#include <optional>

namespace invigil::behaviour {

/// Five pictures a second, or two once one face was alone and nothing moved within it for 3 s; five again
/// with the picture in which it moves, and for as long as there is anything to be looked at: no face or
/// several, an object, a doubt about the person, a picture that is not as it should be, or whoever calls.
/// Comparing two thumbnails costs a hundredth of a look, so that no movement waits for the next one.
class Gate {
 public:
  /// For every picture, five a second. Whether it is to be looked at. `called`: something else asks for it.
  [[nodiscard]] bool open(const vision::PictureMeasure& picture, const PictureHealth& health, bool called);
  /// What was seen, when it was.
  void saw(const PictureObservation& seen, const Image& image);

 private:
  [[nodiscard]] bool moves(const cv::Mat& now) const;

  cv::Mat before_;
  std::optional<Box> face_;  ///< In shares of the picture, of the only face when all is well.
  std::optional<Timestamp> still_since_;
  Timestamp due_{};
};

}  // namespace invigil::behaviour
