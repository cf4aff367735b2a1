// The small net that finds documents.
#pragma once

#include <memory>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// Longest side of the picture that the net sees at every look: half of 720p.
inline constexpr int net_side = 640;
/// The maps have a quarter of the picture's width and height.
inline constexpr int net_stride = 4;

/// A fully convolutional net: how much each place looks like a document, a machine readable zone or a number.
/// Its weights are part of the library. Not for concurrent use.
class Net {
 public:
  /// Throws `Error{model}` when OpenCV cannot load the weights.
  Net();
  ~Net();
  Net(Net&&) noexcept;
  Net& operator=(Net&&) noexcept;

  /// luma: 8-bit, any size. Returns 32-bit floats in 0..1, a quarter of its width and height, rounded up: the
  /// largest of the three maps.
  [[nodiscard]] cv::Mat look(const cv::Mat& luma);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::idcard
