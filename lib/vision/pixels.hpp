// From a picture's planes to what the detectors look at, without an RGB copy of the whole picture.
#pragma once

#include <invigil/image.hpp>

#include <array>

#include <opencv2/core/mat.hpp>

namespace invigil::vision {

/// Once per process. One thread: OpenCV spreads every small call over all cores, which costs more than it
/// gains here and takes cores from the exam's own programs; sessions run in parallel instead. No log: OpenCV
/// writes to standard error when a model does not load, and a library must not; the exception says the same.
void prepare_opencv();

/// A header on the plane's pixels; the plane must outlive it.
[[nodiscard]] cv::Mat view(PlaneView plane);

/// The picture's size with its longer side scaled to `longest`, at least 1x1.
[[nodiscard]] cv::Size fit(const Image& image, int longest);

/// Y at `size`, averaged where it shrinks, stretched so that 0 is black and 255 is white whatever the
/// camera's range.
[[nodiscard]] cv::Mat small_luma(const Image& image, cv::Size size);

/// Blue, green and red planes (0-255, float, 1 x 3 x H x W) of the picture scaled to `content`, in the upper
/// left corner of a black field of `field`.
[[nodiscard]] cv::Mat bgr_field(const Image& image, cv::Size content, cv::Size field);

/// Red, green and blue planes (0-255, float, 1 x 3 x H x W) of what `map` (2 x 3, double: from the picture's
/// pixels to the patch's) brings into a patch of `size`. Beyond the picture its edge goes on.
[[nodiscard]] cv::Mat rgb_patch(const Image& image, const cv::Mat& map, cv::Size size);

/// What a net was trained to see: its pictures' mean and standard deviation, per plane, of 0 to 255.
struct Normal {
  std::array<float, 3> mean, deviation;
};
/// Each of the three planes of a 1 x 3 x H x W picture less its mean, over its deviation.
void normalise(cv::Mat& planes, const Normal& normal);

/// Part of a picture, without a copy; `part` lies within it. Moved to even pixels, where chroma is.
[[nodiscard]] Image part_of(const Image& image, cv::Rect part);

}  // namespace invigil::vision
