#include "review/stills.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>
#include <optional>
#include <stop_token>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace invigil::review {

std::vector<std::byte> jpeg(const Image& image, int width) {
  auto rgb = image.to_rgb();
  cv::Mat picture(image.height(), image.width(), CV_8UC3, rgb.data());
  if (picture.cols > width) {
    const int height =
        std::max(1, static_cast<int>(std::lround(double(picture.rows) * width / picture.cols)));
    cv::Mat smaller;
    cv::resize(picture, smaller, {width, height}, 0, 0, cv::INTER_AREA);
    picture = smaller;
  }
  cv::Mat bgr;
  cv::cvtColor(picture, bgr, cv::COLOR_RGB2BGR);
  std::vector<unsigned char> encoded;
  cv::imencode(".jpg", bgr, encoded, {cv::IMWRITE_JPEG_QUALITY, 82});
  std::vector<std::byte> bytes(encoded.size());
  std::memcpy(bytes.data(), encoded.data(), encoded.size());
  return bytes;
}

namespace {

/// The times' indices in order of time.
std::vector<std::size_t> in_order(const std::vector<Timestamp>& times) {
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return times[a] < times[b]; });
  return order;
}

}  // namespace

std::vector<std::vector<std::byte>> stills(Source<Frame>& pictures, const std::vector<Timestamp>& times,
                                           int width) {
  std::vector<std::vector<std::byte>> out(times.size());
  if (times.empty()) return out;
  std::optional<Frame> current, next = pictures.read({});
  for (const std::size_t index : in_order(times)) {
    while (next && (!current || next->time() <= times[index])) {
      current = std::move(next);
      next = pictures.read({});
    }
    if (!current) break;
    const bool reached = next || times[index] - current->time() <= std::chrono::seconds{1};
    if (reached) out[index] = jpeg(current->image(), width);
  }
  return out;
}

}  // namespace invigil::review
