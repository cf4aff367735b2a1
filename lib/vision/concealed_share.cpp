#include "vision/concealed_share.hpp"

#include <invigil/concealed.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

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

double concealed_share(const Image& image, const Box& part) {
  const auto even = [](float x) { return std::max(0, static_cast<int>(x) / 2 * 2); };
  const int right = std::min(image.width(), even(part.x + part.width));
  const int bottom = std::min(image.height(), even(part.y + part.height));
  int blocks = 0, concealed = 0;
  for (int y = even(part.y); y + block <= bottom; y += block)
    for (int x = even(part.x); x + block <= right; x += block) {
      ++blocks;
      concealed += is_concealed(image, x, y) ? 1 : 0;
    }
  return blocks ? static_cast<double>(concealed) / blocks : 0.0;
}

bool is_portrait_in_document(const Image& image, float x, float y, float width, float height) {
  constexpr float diagonal = 0.7071F, farthest = 3, nearest = 0.5F, stride = 4;
  constexpr std::array<std::pair<float, float>, 8> directions{{{1, 0},
                                                               {-1, 0},
                                                               {0, 1},
                                                               {0, -1},
                                                               {diagonal, diagonal},
                                                               {diagonal, -diagonal},
                                                               {-diagonal, diagonal},
                                                               {-diagonal, -diagonal}}};
  const float size = std::max(width, height);
  int met = 0, open = 0;
  for (const auto& [right, down] : directions) {
    bool inside = true, found = false;
    for (float far = nearest * size; inside && !found && far <= farthest * size; far += stride) {
      const int column = static_cast<int>(x + width / 2 + right * far) / 2 * 2;
      const int row = static_cast<int>(y + height / 2 + down * far) / 2 * 2;
      inside = column >= 0 && row >= 0 && column + block <= image.width() && row + block <= image.height();
      found = inside && is_concealed(image, column, row);
    }
    met += found;
    open += inside && !found;
  }
  return met >= 4 && open <= 1;
}

}  // namespace invigil::vision
