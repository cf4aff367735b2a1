// The gaze of the only face of a stream of pictures.
#pragma once

#include "behaviour/gaze_evidence.hpp"
#include "behaviour/pose_watch.hpp"
#include "vision/gaze.hpp"

#include <memory>
#include <optional>
#include <string>

namespace invigil::behaviour {

/// Once a second while the head is not turned; 2.5 times while something may have to be flagged.
class GazeWatch {
 public:
  GazeWatch() : finder_(vision::make_gaze_finder()) {}
  /// `mesh` and `pose`: of the only face. closely: there is doubt. Nothing when it is not looked at, or its
  /// eyes do not tell.
  [[nodiscard]] std::optional<float> look(const Image& image, const std::optional<vision::FaceMesh>& mesh,
                                          const std::optional<HeadPose>& pose, Timestamp time, bool closely);
  [[nodiscard]] std::string detector() const { return finder_ ? "iris" : "none"; }

 private:
  std::unique_ptr<vision::GazeFinder> finder_;
  std::optional<Timestamp> looked_at_;
};

}  // namespace invigil::behaviour
