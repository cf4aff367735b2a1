#include "idcard/views.hpp"

#include "idcard/net.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

namespace {

constexpr int tile_width = 1408, tile_height = 832;  // 704 x 416 for the net; 3 x 3 of them cover 4K
constexpr int fine_width = 853, fine_height = 512;   // 640 x 384 for the net; 2 x 2 of them cover 720p
constexpr double fine = 0.75;
constexpr int overlap = 160;              // the smallest passport whose number can be read is 148 wide
constexpr int largest_still_side = 4096;  // for the net

/// Starts of the fewest parts of `length` that cover `total` with at least `overlap` in common.
std::vector<int> starts(int total, int length) {
  if (total <= length) return {0};
  const int count = (total - overlap + length - overlap - 1) / (length - overlap);
  std::vector<int> result;
  for (int k = 0; k < count; ++k) result.push_back(k * (total - length) / std::max(1, count - 1));
  return result;
}

/// Parts of that size, or upright ones of an upright picture, at the zoom.
std::vector<View> tiles(cv::Size picture, cv::Size size, double zoom) {
  if (picture.height > picture.width) std::swap(size.width, size.height);
  std::vector<View> result;
  for (const int y : starts(picture.height, size.height))
    for (const int x : starts(picture.width, size.width))
      result.push_back(
          {cv::Rect(x, y, std::min(size.width, picture.width), std::min(size.height, picture.height)), zoom});
  return result;
}

}  // namespace

View whole_view(cv::Size picture, int side) {
  return {cv::Rect(cv::Point(), picture),
          std::min(1.0, static_cast<double>(side) / std::max(picture.width, picture.height))};
}

std::vector<View> tiles_of(cv::Size picture) {
  if (std::max(picture.width, picture.height) <= 1.15 * 2 * net_side) return {};
  return tiles(picture, {tile_width, tile_height}, 0.5);
}

std::vector<View> fine_tiles_of(cv::Size picture) {
  if (std::max(picture.width, picture.height) <= 1.15 * net_side / fine) return {};
  return tiles(picture, {fine_width, fine_height}, fine);
}

std::vector<View> all_views(cv::Size picture) {
  const int longest = std::max(picture.width, picture.height);
  const int last =
      longest <= 2 * net_side ? longest : std::clamp(longest / 2, 2 * net_side, largest_still_side);
  std::vector<View> views;
  for (int side = net_side / 2; side < last * 3 / 4; side *= 2) views.push_back(whole_view(picture, side));
  views.push_back(whole_view(picture, last));
  return views;
}

cv::Mat seen(const cv::Mat& luma, const View& view) {
  const cv::Mat part = luma(view.part);
  if (view.zoom >= 1) return part;
  const cv::Size size(std::max(1, static_cast<int>(std::lround(part.cols * view.zoom))),
                      std::max(1, static_cast<int>(std::lround(part.rows * view.zoom))));
  cv::Mat small;
  cv::resize(part, small, size, 0, 0, cv::INTER_AREA);
  return small;
}

}  // namespace invigil::idcard
