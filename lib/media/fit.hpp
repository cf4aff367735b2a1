// Brings pictures to the one size and colour that a track has.
#pragma once

#include "media/av.hpp"

#include <invigil/image.hpp>

namespace invigil::media {

/// Gives pictures of one size and colour. What fits already passes without a copy; an edge that is one pixel
/// short (odd sizes) is repeated; everything else is scaled, keeping its shape, onto black. The range is
/// converted; the matrix is not (a change of it in mid-stream shifts hues slightly).
class Fit {
 public:
  Fit(int width, int height, ColorInfo color) : width_(width), height_(height), color_(color) {}
  [[nodiscard]] Image operator()(const Image& image);

 private:
  [[nodiscard]] Image extend(const Image& image) const;
  [[nodiscard]] Image scale(const Image& image);
  int width_, height_;
  ColorInfo color_;
  UniqueScaler scaler_;
  int from_width_ = 0, from_height_ = 0;
  ColorRange from_range_ = ColorRange::limited;
};

}  // namespace invigil::media
