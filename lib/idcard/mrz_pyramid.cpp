#include "idcard/mrz_pyramid.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

std::size_t levels_of(cv::Size picture, int shortest) {
  std::size_t count = 1;
  for (double longest = std::max(picture.width, picture.height); longest >= shortest;
       longest /= std::sqrt(2.0))
    ++count;
  return count;
}

// Strokes are found whose characters are 3 to 6 pixels high (mrz_strokes.cpp), and OCR-B's are nearly as high
// as they are apart; 3.2 to 5.2 holds every pitch at one level at least.
Levels levels_for(float least, float most) {
  constexpr float low = 3.2F, high = 5.2F;
  const auto level = [](float zoom) { return zoom <= 1 ? 0.0F : 2 * std::log2(zoom); };
  const float first = std::ceil(level(least / high)), last = std::floor(level(most / low));
  return {static_cast<std::size_t>(first), static_cast<std::size_t>(std::max(first, last))};
}

Pyramid::Pyramid(const cv::Mat& luma, int shortest) : levels_(levels_of(luma.size(), shortest)) {
  double zoom = 1;
  for (std::size_t k = 0; k < levels_.size(); ++k, zoom /= std::sqrt(2.0))
    sizes_.emplace_back(std::max(1, cvRound(luma.cols * zoom)), std::max(1, cvRound(luma.rows * zoom)));
  levels_[0] = luma;
}

const cv::Mat& Pyramid::operator[](std::size_t k) const {
  cv::Mat& level = levels_[k];
  // Every other size is half of one before, which is exact and fast.
  if (level.empty())
    cv::resize((*this)[k < 2 ? 0 : k - 2], level, sizes_[k], 0, 0, k < 2 ? cv::INTER_LINEAR : cv::INTER_AREA);
  return level;
}

cv::Point2d Pyramid::zoom(std::size_t k) const {
  return {static_cast<double>(sizes_[k].width) / sizes_[0].width,
          static_cast<double>(sizes_[k].height) / sizes_[0].height};
}

std::size_t Pyramid::level_for(double pixels, double wanted) const {
  std::size_t k = 0;
  while (k + 1 < size() && pixels * zoom(k + 1).x >= wanted) ++k;
  return k;
}

cv::Mat Pyramid::sample(const cv::Matx33d& to_picture, cv::Size size, double pixels, double wanted) const {
  const std::size_t level = level_for(pixels, wanted);
  const auto z = zoom(level);
  const cv::Matx33d to_level(z.x, 0, (z.x - 1) / 2, 0, z.y, (z.y - 1) / 2, 0, 0, 1);
  cv::Mat result;
  cv::warpPerspective((*this)[level], result, to_level * to_picture, size,
                      cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  return result;
}

}  // namespace invigil::idcard
