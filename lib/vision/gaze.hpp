// Where the eyes look, within the head.
#pragma once

#include "vision/head_pose.hpp"

#include <memory>
#include <optional>
#include <span>

namespace invigil::vision {

/// MediaPipe's Iris (Ablavatski et al., 2020, arXiv:2006.11341): the corners of an eye and its iris.
class GazeFinder {
 public:
  /// Throws `Error{model}` when the bytes are no such net.
  explicit GazeFinder(std::span<const std::byte> onnx);
  ~GazeFinder();
  GazeFinder(GazeFinder&&) noexcept;
  GazeFinder& operator=(GazeFinder&&) noexcept;

  /// `Face::gaze`. Nothing where the eyes are closed, too small to tell, or do not agree. Note [gaze].
  [[nodiscard]] std::optional<float> look(const Image& image, const FaceMesh& mesh);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The model's finder, or nothing when it lies nowhere. Throws `Error{model}` when its digest differs.
[[nodiscard]] std::unique_ptr<GazeFinder> make_gaze_finder();

}  // namespace invigil::vision
