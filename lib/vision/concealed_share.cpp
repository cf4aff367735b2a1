#include "vision/concealed_share.hpp"

#include <invigil/concealed.hpp>

#include <cstdlib>

namespace invigil::vision {

namespace {

constexpr int block = 8;
constexpr int step = 16;  // every fourth block of the picture is enough for an area
constexpr int tolerance = 2;

bool all_near(PlaneView plane, int x, int y, int size, int value) {
  for (int row = y; row < y + size; ++row)
    for (int column = x; column < x + size; ++column)
      if (std::abs(plane.row(row)[column] - value) > tolerance) return false;
  return true;
}

bool is_concealed(const Image& image, int x, int y) {
  return all_near(image.plane(0), x, y, block, concealed_luma) &&
         all_near(image.plane(1), x / 2, y / 2, block / 2, concealed_chroma) &&
         all_near(image.plane(2), x / 2, y / 2, block / 2, concealed_chroma);
}

}  // namespace

double concealed_share(const Image& image) {
  int blocks = 0, concealed = 0;
  for (int y = 0; y + block <= image.height(); y += step)
    for (int x = 0; x + block <= image.width(); x += step) {
      ++blocks;
      concealed += is_concealed(image, x, y) ? 1 : 0;
    }
  return blocks ? static_cast<double>(concealed) / blocks : 0.0;
}

}  // namespace invigil::vision
