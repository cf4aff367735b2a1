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
    if (!watched.fresh) return kept_;
    kept_.reset();
    mesh_.reset();
    if (!finder_ || watched.faces.empty()) return kept_;
    mesh_ = finder_->mesh(image, watched.faces[0]);
    if (mesh_) kept_ = vision::pose_of(*mesh_, watched.faces[0], {image.width(), image.height()});
    return kept_;
  }
  /// Of the face that `look` was last given.
  [[nodiscard]] const std::optional<vision::FaceMesh>& mesh() const { return mesh_; }
  [[nodiscard]] std::string detector() const { return finder_ ? "facemesh-468" : "none"; }

 private:
  std::unique_ptr<vision::HeadPoseFinder> finder_;
  std::optional<vision::FaceMesh> mesh_;
  std::optional<HeadPose> kept_;
};

}  // namespace invigil::behaviour
