// From a decoder's frame to an `Image`: wrapped where it is 4:2:0 already, converted otherwise, upright.
#pragma once

#include "media/av.hpp"

#include <invigil/image.hpp>

#include <cstdint>
#include <span>
#include <string>

namespace invigil::media {

/// How a picture as stored becomes upright: first transposed, then mirrored.
struct Orientation {
  bool transpose = false;
  bool mirror_x = false;
  bool mirror_y = false;
  [[nodiscard]] bool upright() const { return !transpose && !mirror_x && !mirror_y; }
};

/// The nearest of the eight orientations to a 3x3 display matrix (libavutil/display.h). Anything shorter than
/// nine numbers, and a matrix of zeros, is upright.
[[nodiscard]] Orientation orientation_of(std::span<const std::int32_t> matrix);

/// Makes pictures of one stream. Not thread-safe.
class PictureMaker {
 public:
  /// `name` stands in messages.
  explicit PictureMaker(std::string name, Orientation orientation = {})
      : name_(std::move(name)), orientation_(orientation) {}

  /// The frame's pixels, without a copy where they are upright 4:2:0. All pictures have the size of the
  /// first: one of another size is scaled into it, keeping its proportions, and `source_size()` tells which.
  /// Throws `Error{unsupported}` for a format or a size that cannot be handled.
  [[nodiscard]] Image make(UniqueFrame frame);

 private:
  [[nodiscard]] Image convert(const AVFrame& frame);
  SwsContext* scaler(const AVFrame& frame, int width, int height, ColorInfo color);

  std::string name_;
  Orientation orientation_;
  int width_ = 0, height_ = 0;  ///< As stored, of the first.
  /// What the scaler was made for.
  struct Setting {
    int from_width = 0, from_height = 0, format = -1, width = 0, height = 0, matrix = 0, range = 0;
    bool operator==(const Setting&) const = default;
  } setting_;
  UniqueScaler scaler_;
};

}  // namespace invigil::media
