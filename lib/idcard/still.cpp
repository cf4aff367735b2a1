// One picture, without memory, so with all the care there is.
#include "idcard/fill.hpp"
#include "idcard/mrz_reader.hpp"
#include "idcard/net.hpp"
#include "idcard/suspicion.hpp"
#include "idcard/views.hpp"

#include <invigil/error.hpp>
#include <invigil/idcard.hpp>

#include <cstring>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

namespace invigil {

namespace {

using namespace idcard;

constexpr float margin = 2;  // as in the stage, in pixels of the net's picture

/// Sure sights of all views, in pixels of the picture; sights that overlap become one.
std::vector<Polygon> places_in(const cv::Mat& luma) {
  Net net;
  std::vector<Polygon> places;
  const auto add = [&](Polygon place) {
    std::erase_if(places, [&](const Polygon& other) {
      const bool same = shared_area(other, place) > 0.3F * std::min(area(other), area(place));
      if (same) place = united(place, other);
      return same;
    });
    places.push_back(std::move(place));
  };
  for (const auto& view : all_views(luma.size())) {
    const float back = static_cast<float>(1 / view.zoom);
    for (const auto& sight : sights_in(net.look(seen(luma, view)))) {
      if (sight.sure()) add(scaled(grown(sight.place, margin), back, back));
    }
  }
  const auto zone = MrzReader{}.read(luma);
  if (zone && zone->sure()) add(zone->cover(luma.size()));
  return places;
}

}  // namespace

RedactedStill redact_still(const std::uint8_t* rgb, int width, int height, std::ptrdiff_t stride,
                           RedactIdCardOptions options) {
  if (!rgb || width < 1 || height < 1 || width > 16384 || height > 16384 ||
      stride < 3 * std::ptrdiff_t{width})
    throw Error(Errc::argument, "redact_still",
                fmt::format("{}x{} is no picture of 1x1 to 16384x16384", width, height));
  static_cast<void>(options.cover);  // every policy covers the whole document as yet
  RedactedStill result;
  const auto row_bytes = static_cast<std::size_t>(width) * 3;
  result.rgb.resize(row_bytes * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y)
    std::memcpy(result.rgb.data() + row_bytes * static_cast<std::size_t>(y), rgb + y * stride, row_bytes);

  const cv::Mat picture(height, width, CV_8UC3, result.rgb.data());
  cv::Mat luma;
  cv::cvtColor(picture, luma, cv::COLOR_RGB2GRAY);
  for (const auto& place : places_in(luma)) {
    const Quad quad = quad_around(place);
    fill_rgb(result.rgb.data(), width, height, static_cast<std::ptrdiff_t>(row_bytes), quad);
    result.concealed.push_back({DocumentType::unknown, ConcealState::found, {{ConcealedField::whole, quad}}});
  }
  return result;
}

}  // namespace invigil
