#include "idcard/suspicion.hpp"

#include "idcard/net.hpp"

#include <algorithm>
#include <utility>

#include <opencv2/imgproc.hpp>

namespace invigil::idcard {

namespace {

/// The hull of map pixels in pixels of the picture, grown.
Polygon place_of(const std::vector<cv::Point>& outline, cv::Point corner, const SuspicionOptions& options) {
  constexpr auto stride = static_cast<float>(net_stride);
  Polygon points;
  points.reserve(outline.size());
  for (const auto& p : outline)
    points.emplace_back((static_cast<float>(p.x + corner.x) + 0.5F) * stride,
                        (static_cast<float>(p.y + corner.y) + 0.5F) * stride);
  const Polygon tight = grown(hull(points), 0.5F * stride);  // from the centres of map pixels to their edges
  return grown(tight, options.margin * stride + options.share * breadth(tight));
}

}  // namespace

std::vector<Sight> sights_in(const cv::Mat& map, const SuspicionOptions& options) {
  std::vector<Sight> found;
  cv::Mat above, labels, stats, centres;
  cv::compare(map, options.low, above, cv::CMP_GT);
  const int count = cv::connectedComponentsWithStats(above, labels, stats, centres, 8, CV_32S);
  for (int k = 1; k < count; ++k) {
    if (stats.at<int>(k, cv::CC_STAT_AREA) < options.smallest) continue;
    const cv::Rect box(stats.at<int>(k, cv::CC_STAT_LEFT), stats.at<int>(k, cv::CC_STAT_TOP),
                       stats.at<int>(k, cv::CC_STAT_WIDTH), stats.at<int>(k, cv::CC_STAT_HEIGHT));
    const cv::Mat inside = labels(box) == k;
    double peak = 0;
    cv::minMaxLoc(map(box), nullptr, &peak, nullptr, nullptr, inside);
    if (peak < static_cast<double>(options.weak)) continue;
    std::vector<cv::Point> pixels;
    cv::findNonZero(inside, pixels);
    const auto firm = std::count_if(pixels.begin(), pixels.end(),
                                    [&](cv::Point p) { return map.at<float>(p + box.tl()) > options.firm; });
    const bool large = static_cast<float>(pixels.size()) > options.large * static_cast<float>(map.total());
    found.push_back({place_of(pixels, box.tl(), options),
                     static_cast<float>(peak),
                     large ? static_cast<float>(firm) / static_cast<float>(pixels.size()) : 1.0F,
                     DocumentType::unknown,
                     {}});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Sight& a, const Sight& b) { return area(a.place) > area(b.place); });
  return found;
}

}  // namespace invigil::idcard
