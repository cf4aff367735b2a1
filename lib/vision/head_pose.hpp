// Which way a head is turned.
#pragma once

#include "vision/faces.hpp"

#include <invigil/image.hpp>
#include <invigil/observation.hpp>

#include <array>
#include <memory>
#include <optional>
#include <span>

#include <opencv2/core/types.hpp>

namespace invigil::vision {

/// The points of a face's surface, in pixels of the picture.
struct FaceMesh {
  static constexpr std::size_t size = 468;
  std::array<Point, size> points{};
  float certainty = 0;  ///< That there is a face that looks this way, in [0, 1].
};

/// MediaPipe's FaceMesh (Kartynnik et al., 2019, arXiv:1907.06724) and perspective-n-point.
class HeadPoseFinder {
 public:
  /// Throws `Error{model}` when the bytes are no such net.
  explicit HeadPoseFinder(std::span<const std::byte> onnx);
  ~HeadPoseFinder();
  HeadPoseFinder(HeadPoseFinder&&) noexcept;
  HeadPoseFinder& operator=(HeadPoseFinder&&) noexcept;

  /// Nothing for a face without points (a cascade found it).
  [[nodiscard]] std::optional<FaceMesh> mesh(const Image& image, const FoundFace& face);
  /// Nothing for a face without points, or where the mesh does not fit the face and the five points say that
  /// it is no profile. Note [which points].
  [[nodiscard]] std::optional<HeadPose> look(const Image& image, const FoundFace& face);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Of a face whose mesh is known. Note [which points].
[[nodiscard]] std::optional<HeadPose> pose_of(const FaceMesh& mesh, const FoundFace& face, cv::Size picture);
/// From 27 points of the mesh, or from a detector's five. `picture`: in pixels.
[[nodiscard]] std::optional<HeadPose> pose_of(const FaceMesh& mesh, cv::Size picture);
[[nodiscard]] std::optional<HeadPose> pose_of(const std::array<Point, 5>& points, cv::Size picture);

/// The model's finder, or nothing when it lies nowhere. Throws `Error{model}` when its digest differs.
[[nodiscard]] std::unique_ptr<HeadPoseFinder> make_head_pose_finder();

}  // namespace invigil::vision
