// The small net that finds documents.
#pragma once

#include <memory>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// Longest side of the picture that the net sees at every look: half of 720p.
inline constexpr int net_side = 640;
/// The maps have a quarter of the picture's width and height.
inline constexpr int net_stride = 4;

/// What the net makes of a picture: 32-bit floats in 0..1, a quarter of its width and height, rounded up.
/// They share memory with the net, and are good until its next look.
struct Maps {
  cv::Mat card, zone, number, portrait;
  /// How much each place looks like something to be covered: the largest of card, zone and number.
  [[nodiscard]] cv::Mat suspicion() const;
};

/// A fully convolutional net: where a picture shows a document, a machine readable zone, a number (any string
/// with digits) or a portrait on a document. Its weights are part of the library. Not
/// for concurrent use.
class Net {
 public:
  /// Throws `Error{model}` when OpenCV cannot load the weights.
  Net();
  ~Net();
  Net(Net&&) noexcept;
  Net& operator=(Net&&) noexcept;

  /// luma: 8-bit, any size.
  [[nodiscard]] Maps look(const cv::Mat& luma);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::idcard
