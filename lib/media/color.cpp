#include "media/color.hpp"

#include "media/av.hpp"

#include <invigil/error.hpp>

#include <array>

namespace invigil::media {

namespace {

// Point sampling of chroma would shift colours by half a pixel; accurate rounding costs 10 % and makes the
// conversion the same on every machine. Without FULL_CHR_H_INP the last column of an odd width would mix in
// what lies behind the row.
constexpr int flags =
    SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

/// What a conversion was set up for.
struct Setting {
  int width = 0, height = 0;
  AVPixelFormat from = AV_PIX_FMT_NONE, to = AV_PIX_FMT_NONE;
  ColorInfo color;
  bool operator==(const Setting&) const = default;
};

UniqueScaler make_scaler(const Setting& s) {
  UniqueScaler sws{
      sws_getContext(s.width, s.height, s.from, s.width, s.height, s.to, flags, nullptr, nullptr, nullptr)};
  if (!sws) throw Error(Errc::unsupported, "colour conversion", "libswscale has no such conversion");
  const int* matrix =
      sws_getCoefficients(s.color.matrix == ColorMatrix::bt709 ? SWS_CS_ITU709 : SWS_CS_ITU601);
  const int yuv_full = s.color.range == ColorRange::full;
  const bool to_rgb = s.to == AV_PIX_FMT_RGB24;
  sws_setColorspaceDetails(sws.get(), matrix, to_rgb ? yuv_full : 1, matrix, to_rgb ? 1 : yuv_full, 0,
                           1 << 16, 1 << 16);
  return sws;
}

/// One per thread: setting one up costs more than converting a small picture, and none is thread-safe.
SwsContext* scaler(const Setting& wanted) {
  thread_local Setting setting;
  thread_local UniqueScaler cached;
  if (cached && setting == wanted) return cached.get();
  silence_libav();
  cached = make_scaler(wanted);
  setting = wanted;
  return cached.get();
}

}  // namespace

void rgb_to_yuv(const std::uint8_t* rgb, std::ptrdiff_t stride, Image& image) {
  auto* sws = scaler({image.width(), image.height(), AV_PIX_FMT_RGB24, AV_PIX_FMT_YUV420P, image.color()});
  const std::array<Plane, 3> planes{image.mutable_plane(0), image.mutable_plane(1), image.mutable_plane(2)};
  const std::uint8_t* const source[] = {rgb};
  const int source_stride[] = {static_cast<int>(stride)};
  std::uint8_t* const target[] = {planes[0].data, planes[1].data, planes[2].data};
  const int target_stride[] = {static_cast<int>(planes[0].stride), static_cast<int>(planes[1].stride),
                               static_cast<int>(planes[2].stride)};
  sws_scale(sws, source, source_stride, 0, image.height(), target, target_stride);
}

void yuv_to_rgb(const Image& image, std::uint8_t* rgb) {
  auto* sws = scaler({image.width(), image.height(), AV_PIX_FMT_YUV420P, AV_PIX_FMT_RGB24, image.color()});
  const std::uint8_t* const source[] = {image.plane(0).data, image.plane(1).data, image.plane(2).data};
  const int source_stride[] = {static_cast<int>(image.plane(0).stride),
                               static_cast<int>(image.plane(1).stride),
                               static_cast<int>(image.plane(2).stride)};
  std::uint8_t* const target[] = {rgb};
  const int target_stride[] = {image.width() * 3};
  sws_scale(sws, source, source_stride, 0, image.height(), target, target_stride);
}

}  // namespace invigil::media
