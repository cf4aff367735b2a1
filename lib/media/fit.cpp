#include "media/fit.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <new>

extern "C" {
#include <libavutil/opt.h>
}

namespace invigil::media {

namespace {

bool one_short(int have, int want) { return have == want || (have + 1 == want && want % 2 == 0); }

/// Copies a plane and repeats its last column and row up to the target's size.
void copy_repeating_edge(PlaneView from, const Plane& to) {
  for (int y = 0; y < to.height; ++y) {
    const auto* source = from.row(std::min(y, from.height - 1));
    std::memcpy(to.row(y), source, static_cast<std::size_t>(from.width));
    for (int x = from.width; x < to.width; ++x) to.row(y)[x] = source[from.width - 1];
  }
}

struct Area {
  int x, y, width, height;
};

/// The largest area of the picture's shape inside the target, on even pixels.
Area area_within(int width, int height, int target_width, int target_height) {
  const std::int64_t w = width, h = height;
  std::int64_t fit_width = target_width, fit_height = h * target_width / w;
  if (fit_height > target_height) {
    fit_height = target_height;
    fit_width = w * target_height / h;
  }
  const auto even = [](std::int64_t v, int limit) {
    return static_cast<int>(std::min<std::int64_t>(std::max<std::int64_t>(v & ~std::int64_t{1}, 2), limit));
  };
  const int area_width = even(fit_width, target_width), area_height = even(fit_height, target_height);
  return {(target_width - area_width) / 2 & ~1, (target_height - area_height) / 2 & ~1, area_width,
          area_height};
}

/// The ranges are given before the context is made: afterwards libswscale would copy planes of equal size as
/// they are.
UniqueScaler make_scaler(const Image& image, const Area& area, ColorRange range) {
  UniqueScaler scaler{sws_alloc_context()};
  if (!scaler) throw std::bad_alloc();
  const auto set = [&](const char* key, std::int64_t value) { av_opt_set_int(scaler.get(), key, value, 0); };
  set("srcw", image.width());
  set("srch", image.height());
  set("src_format", AV_PIX_FMT_YUV420P);
  set("src_range", image.color().range == ColorRange::full);
  set("dstw", area.width);
  set("dsth", area.height);
  set("dst_format", AV_PIX_FMT_YUV420P);
  set("dst_range", range == ColorRange::full);
  set("sws_flags", SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT);
  if (sws_init_context(scaler.get(), nullptr, nullptr) < 0)
    throw Error(Errc::unsupported, "scaling", "libswscale does not take this size");
  return scaler;
}

}  // namespace

Image Fit::operator()(const Image& image) {
  if (image.color().range == color_.range) {
    if (image.width() == width_ && image.height() == height_) return image;
    if (one_short(image.width(), width_) && one_short(image.height(), height_)) return extend(image);
  }
  return scale(image);
}

Image Fit::extend(const Image& image) const {
  Image extended{width_, height_, color_};
  for (int i = 0; i < 3; ++i) copy_repeating_edge(image.plane(i), extended.mutable_plane(i));
  return extended;
}

Image Fit::scale(const Image& image) {
  const Area area = area_within(image.width(), image.height(), width_, height_);
  const bool reusable = scaler_ && from_width_ == image.width() && from_height_ == image.height() &&
                        from_range_ == image.color().range;
  if (!reusable) {
    scaler_ = make_scaler(image, area, color_.range);
    from_width_ = image.width();
    from_height_ = image.height();
    from_range_ = image.color().range;
  }
  Image scaled{width_, height_, color_};
  std::array<const std::uint8_t*, 3> source{};
  std::array<std::uint8_t*, 3> target{};
  std::array<int, 3> source_stride{}, target_stride{};
  for (int i = 0; i < 3; ++i) {
    const int shift = i == 0 ? 0 : 1;
    const auto from = image.plane(i);
    const auto to = scaled.mutable_plane(i);
    const auto at = static_cast<std::size_t>(i);
    source[at] = from.data;
    source_stride[at] = static_cast<int>(from.stride);
    target[at] = to.row(area.y >> shift) + (area.x >> shift);
    target_stride[at] = static_cast<int>(to.stride);
  }
  sws_scale(scaler_.get(), source.data(), source_stride.data(), 0, image.height(), target.data(),
            target_stride.data());
  return scaled;
}

}  // namespace invigil::media
