// What a picture is like: light, structure, change.
#pragma once

#include <invigil/image.hpp>
#include <invigil/observation.hpp>

#include <optional>

#include <opencv2/core/mat.hpp>

namespace invigil::vision {

/// Luma is 0 (black) to 255 (white) whatever the camera's range.
struct PictureMeasure {
  float mean = 0;
  float spread = 0;     ///< Standard deviation at 160x90.
  float structure = 0;  ///< Standard deviation at 32x18.
  float sharpness = 0;  ///< Variance of the Laplacian at 320x180.
  cv::Mat thumbnail;    ///< Luma at 160x90.
  cv::Mat coarse;       ///< Luma at 32x18, where noise is gone and structure is not.
};

[[nodiscard]] PictureMeasure measure(const Image& image);

/// Ok, dark or covered, from one picture alone. Note [dark or covered] in picture_measure.cpp.
[[nodiscard]] PictureState judge(const PictureMeasure& picture);

/// How far a detector can be trusted on such a picture, in [0, 1]: 0 when dark or covered, 1 from ordinary
/// indoor light on.
[[nodiscard]] float quality_of(const PictureMeasure& picture);

struct PictureChange {
  float mean = 0;       ///< Of the absolute differences.
  float identical = 0;  ///< Share of pixels that are the same, in [0, 1].
  float most = 0;       ///< The largest absolute difference.
};

/// Whether one picture does not follow from the other: another scene, a cut, a light switched on.
[[nodiscard]] bool is_cut(const PictureMeasure& before, const PictureMeasure& now);

/// Between two thumbnails; nothing when they differ in size.
[[nodiscard]] std::optional<PictureChange> change_between(const cv::Mat& before, const cv::Mat& now);

}  // namespace invigil::vision
