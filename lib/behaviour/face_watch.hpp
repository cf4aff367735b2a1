// The faces of a stream of pictures: which scales are looked at when.
#pragma once

#include "vision/faces.hpp"
#include "vision/picture_measure.hpp"

#include <invigil/observation.hpp>
#include <invigil/time.hpp>

#include <memory>
#include <string>
#include <vector>

namespace invigil::behaviour {

/// The faces of one picture, with the points that further detectors need, largest first.
struct WatchedFaces {
  Timestamp time{};
  std::vector<vision::FoundFace> faces;
  float quality = 0;   ///< As `Faces::quality`.
  bool fresh = false;  ///< Looked for in this picture, and not kept from one that it does not differ from.
};

[[nodiscard]] Faces to_faces(const WatchedFaces& watched);

class FaceWatch {
 public:
  /// Faces below `confidence` are left out.
  explicit FaceWatch(float confidence);
  [[nodiscard]] WatchedFaces look(const Image& image, const vision::PictureMeasure& picture, Timestamp time);
  /// "none" when there is no detector at all.
  [[nodiscard]] std::string detector() const { return detector_ ? detector_->name() : "none"; }

 private:
  [[nodiscard]] bool may_reuse(const cv::Mat& thumbnail, Timestamp time) const;
  void find(const Image& image, Timestamp time);
  [[nodiscard]] std::size_t strong(const std::vector<vision::FoundFace>& faces) const;
  [[nodiscard]] std::vector<vision::FoundFace> all_scales(const Image& image) const;
  [[nodiscard]] std::vector<vision::FoundFace> everyday(const Image& image, Timestamp time);

  float confidence_;
  std::unique_ptr<vision::FaceDetector> detector_;
  bool first_ = true;
  bool fine_finds_more_ = false;
  Timestamp fine_at_{};    ///< When the second scale was last looked at.
  Timestamp looked_at_{};  ///< When any was.
  cv::Mat looked_thumbnail_;
  std::vector<vision::FoundFace> found_;
};

}  // namespace invigil::behaviour
