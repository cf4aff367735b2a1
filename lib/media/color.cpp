#include "media/color.hpp"

#include "media/av.hpp"

#include <invigil/error.hpp>

#include <array>
#include <cstring>
#include <vector>

namespace invigil::media {

namespace {

// Point sampling of chroma would shift colours by half a pixel; accurate rounding costs 10 % and makes the
// conversion the same on every machine. Without FULL_CHR_H_INP the last column of an odd width would mix in
// what lies behind the row.
constexpr int flags =
    SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;

constexpr std::size_t row_room = 64;  // bytes behind a row of RGB that may be read: a multiple and one more

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

// Note [the last rows are copied]
// swscale's vector code reads up to 28 bytes past the end of a packed RGB row. Past the last row that is
// memory of somebody else, or of nobody. So the last rows (an even start, as 4:2:0 wants) come from a copy
// with room behind it.
void rgb_to_yuv(const std::uint8_t* rgb, std::ptrdiff_t stride, Image& image) {
  auto* sws = scaler({image.width(), image.height(), AV_PIX_FMT_RGB24, AV_PIX_FMT_YUV420P, image.color()});
  const std::array<Plane, 3> planes{image.mutable_plane(0), image.mutable_plane(1), image.mutable_plane(2)};
  std::uint8_t* const target[] = {planes[0].data, planes[1].data, planes[2].data};
  const int target_stride[] = {static_cast<int>(planes[0].stride), static_cast<int>(planes[1].stride),
                               static_cast<int>(planes[2].stride)};
  const auto scale = [&](const std::uint8_t* from, std::ptrdiff_t from_stride, int begin, int rows) {
    const std::uint8_t* const source[] = {from};
    const int source_stride[] = {static_cast<int>(from_stride)};
    sws_scale(sws, source, source_stride, begin, rows, target, target_stride);
  };
  const int rows = image.height() % 2 ? 1 : 2, begin = image.height() - rows;
  const auto row_bytes = static_cast<std::size_t>(image.width()) * 3;
  const std::size_t room = (row_bytes + 2 * row_room) / row_room * row_room;
  std::vector<std::uint8_t> last(room * static_cast<std::size_t>(rows));
  for (int k = 0; k < rows; ++k)
    std::memcpy(last.data() + room * static_cast<std::size_t>(k), rgb + stride * (begin + k), row_bytes);
  if (begin > 0) scale(rgb, stride, 0, begin);
  scale(last.data(), static_cast<std::ptrdiff_t>(room), begin, rows);
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
