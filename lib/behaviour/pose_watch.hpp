// The pose of the largest face of a stream of pictures.
#pragma once

#include "behaviour/face_watch.hpp"
#include "vision/head_pose.hpp"

#include <memory>
#include <optional>
#include <string>

namespace invigil::behaviour {

class PoseWatch {
 public:
  PoseWatch() : finder_(vision::make_head_pose_finder()) {}
  /// Of `watched.faces[0]`; where the faces are kept from an earlier picture, so is the pose.
  [[nodiscard]] std::optional<HeadPose> look(const Image& image, const WatchedFaces& watched) {
    if (watched.fresh)
      kept_ = finder_ && !watched.faces.empty() ? finder_->look(image, watched.faces[0]) : std::nullopt;
    return kept_;
  }
  [[nodiscard]] std::string detector() const { return finder_ ? "facemesh-468" : "none"; }

 private:
  std::unique_ptr<vision::HeadPoseFinder> finder_;
  std::optional<HeadPose> kept_;
};

}  // namespace invigil::behaviour
