// One picture, without memory, so with all the care there is.
#include "idcard/close_look.hpp"
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

constexpr float margin = 1;  // as in the stage, in pixels of the net's picture

struct Place {
  Polygon outline;
  DocumentType type = DocumentType::unknown;
  Polygon name = {};
};

/// Sure sights of all views, in pixels of the picture; sights that overlap become one.
std::vector<Place> places_in(Net& net, const cv::Mat& luma) {
  std::vector<Place> places;
  const auto add = [&](Place place) {
    std::erase_if(places, [&](const Place& other) {
      const bool same = shared_area(other.outline, place.outline) >
                        0.3F * std::min(area(other.outline), area(place.outline));
      if (same) place.outline = united(place.outline, other.outline);
      return same;
    });
    places.push_back(std::move(place));
  };
  const auto views = all_views(luma.size());
  for (const auto& view : views) {
    const float back = static_cast<float>(1 / view.zoom);
    const bool finest = &view == &views.back();
    for (const auto& sight : sights_in(net.look(seen(luma, view)).suspicion())) {
      if (!sight.sure() || (!finest && breadth(sight.place) < coarse)) continue;
      add({scaled(grown(sight.place, margin), back, back)});
    }
  }
  const auto zone = MrzReader{}.read(luma);
  if (zone && zone->sure()) add({zone->cover(luma.size()), zone->type, zone->name_field()});
  return places;
}

/// What two looks at different sizes both allow, else the whole.
std::vector<ConcealedQuad> quads_of(Net& net, const cv::Mat& luma, const Place& place, Cover cover) {
  if (cover != Cover::whole_document) {
    const auto large = close_look(net, luma, place.outline, luma.size(), 320);
    const auto small = close_look(net, luma, place.outline, luma.size(), 256);
    auto both = large && small ? agreed(*small, *large) : std::nullopt;
    if (both && !both->portrait.empty()) {
      both->outline.clear();  // one picture is no proof of where a document ends
      both->name = place.name;
      return quads_around(place.outline, *both);
    }
  }
  return {{ConcealedField::whole, quad_around(place.outline)}};
}

}  // namespace

RedactedStill redact_still(const std::uint8_t* rgb, int width, int height, std::ptrdiff_t stride,
                           RedactIdCardOptions options) {
  if (!rgb || width < 1 || height < 1 || width > 16384 || height > 16384 ||
      stride < 3 * std::ptrdiff_t{width})
    throw Error(Errc::argument, "redact_still",
                fmt::format("{}x{} is no picture of 1x1 to 16384x16384", width, height));
  RedactedStill result;
  const auto row_bytes = static_cast<std::size_t>(width) * 3;
  result.rgb.resize(row_bytes * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y)
    std::memcpy(result.rgb.data() + row_bytes * static_cast<std::size_t>(y), rgb + y * stride, row_bytes);

  const cv::Mat picture(height, width, CV_8UC3, result.rgb.data());
  cv::Mat luma;
  cv::cvtColor(picture, luma, cv::COLOR_RGB2GRAY);
  Net net;
  for (const auto& place : places_in(net, luma))
    result.concealed.push_back(
        {place.type, ConcealState::found, quads_of(net, luma, place, options.cover), false});
  for (const auto& document : result.concealed)
    for (const auto& quad : document.quads)
      fill_rgb(result.rgb.data(), width, height, static_cast<std::ptrdiff_t>(row_bytes), quad.points);
  return result;
}

}  // namespace invigil
