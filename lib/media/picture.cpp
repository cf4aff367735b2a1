#include "media/picture.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <opencv2/core.hpp>

extern "C" {
#include <libavutil/display.h>
#include <libavutil/pixdesc.h>
}

namespace invigil::media {

namespace {

constexpr int largest_side = 16384;

bool is_planar_420(int format) { return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P; }

bool is_rgb(int format) {
  const auto* d = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
  return d && (d->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
}

/// The deprecated J formats say nothing but "full range".
bool is_full_range(const AVFrame& frame) {
  switch (frame.format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
      return true;
    default:
      return frame.color_range == AVCOL_RANGE_JPEG;
  }
}

/// Like ffmpeg, what does not say its matrix is BT.601.
ColorInfo color_of(const AVFrame& frame) {
  if (is_rgb(frame.format)) return {};
  const bool hd = frame.colorspace == AVCOL_SPC_BT709 || frame.colorspace == AVCOL_SPC_BT2020_NCL ||
                  frame.colorspace == AVCOL_SPC_BT2020_CL;
  return {is_full_range(frame) ? ColorRange::full : ColorRange::limited,
          hd ? ColorMatrix::bt709 : ColorMatrix::bt601};
}

Image wrap(UniqueFrame frame) {
  const int w = frame->width, h = frame->height, cw = (w + 1) / 2, ch = (h + 1) / 2;
  const ColorInfo color = color_of(*frame);
  const std::shared_ptr<AVFrame> owner{frame.release(), FreeFrame{}};
  return Image::wrap({owner->data[0], w, h, owner->linesize[0]}, {owner->data[1], cw, ch, owner->linesize[1]},
                     {owner->data[2], cw, ch, owner->linesize[2]}, color, owner);
}

cv::Mat as_mat(const Plane& p) {
  return {p.height, p.width, CV_8UC1, p.data, static_cast<std::size_t>(p.stride)};
}
cv::Mat as_mat(const PlaneView& p) {
  return as_mat(Plane{const_cast<std::uint8_t*>(p.data), p.width, p.height, p.stride});
}

void turn(const cv::Mat& from, cv::Mat to, const Orientation& o) {
  if (o.transpose)
    cv::transpose(from, to);
  else if (o.mirror_x || o.mirror_y)
    return cv::flip(from, to, o.mirror_x && o.mirror_y ? -1 : o.mirror_x ? 1 : 0);
  if (o.mirror_x || o.mirror_y) cv::flip(to, to, o.mirror_x && o.mirror_y ? -1 : o.mirror_x ? 1 : 0);
}

Image turned(const Image& image, const Orientation& o) {
  Image upright{o.transpose ? image.height() : image.width(), o.transpose ? image.width() : image.height(),
                image.color()};
  for (int i = 0; i < 3; ++i) turn(as_mat(image.plane(i)), as_mat(upright.mutable_plane(i)), o);
  return upright;
}

/// The largest rectangle of even place and size with the proportions of `w` x `h` inside the picture.
struct Fit {
  int x, y, width, height;
};
Fit fit(int w, int h, int into_width, int into_height) {
  if (w == into_width && h == into_height) return {0, 0, w, h};
  const double scale = std::min(double(into_width) / w, double(into_height) / h);
  const int width = std::clamp(int(w * scale) & ~1, std::min(2, into_width), into_width);
  const int height = std::clamp(int(h * scale) & ~1, std::min(2, into_height), into_height);
  return {((into_width - width) / 2) & ~1, ((into_height - height) / 2) & ~1, width, height};
}

int sws_matrix(const AVFrame& frame) {
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    default:
      return SWS_CS_ITU601;
  }
}

}  // namespace

Orientation orientation_of(std::span<const std::int32_t> m) {
  if (m.size() < 9) return {};
  // A point (x, y) goes to (a x + c y, b x + d y).
  const std::int64_t a = m[0], b = m[1], c = m[3], d = m[4];
  if (std::abs(a) + std::abs(d) >= std::abs(b) + std::abs(c)) return {false, a < 0, d < 0};
  return {true, c < 0, b < 0};
}

Image PictureMaker::make(UniqueFrame frame) {
  if (frame->width < 1 || frame->height < 1 || frame->width > largest_side || frame->height > largest_side)
    throw Error(Errc::unsupported, name_,
                fmt::format("a picture of {}x{} is outside 1x1 to {}x{}", frame->width, frame->height,
                            largest_side, largest_side));
  Orientation orientation = orientation_;
  if (const auto* side = av_frame_get_side_data(frame.get(), AV_FRAME_DATA_DISPLAYMATRIX)) {
    std::array<std::int32_t, 9> matrix{};
    if (side->size >= sizeof matrix) {
      std::memcpy(matrix.data(), side->data, sizeof matrix);
      orientation = orientation_of(matrix);
    }
  }
  if (!width_) {
    width_ = frame->width;
    height_ = frame->height;
    orientation_ = orientation;
  }
  const PictureSize came{frame->width, frame->height};
  const bool as_is = is_planar_420(frame->format) && frame->width == width_ && frame->height == height_ &&
                     frame->linesize[0] > 0 && frame->linesize[1] > 0 && frame->linesize[2] > 0;
  Image image = as_is ? wrap(std::move(frame)) : convert(*frame);
  if (!orientation_.upright()) image = turned(image, orientation_);
  image.set_source_size(orientation_.transpose ? PictureSize{came.height, came.width} : came);
  return image;
}

SwsContext* PictureMaker::scaler(const AVFrame& frame, int width, int height, ColorInfo color) {
  const bool full = is_full_range(frame) || is_rgb(frame.format);
  const Setting wanted{frame.width, frame.height, frame.format, width, height, sws_matrix(frame), full};
  if (scaler_ && wanted == setting_) return scaler_.get();
  const bool scales = frame.width != width || frame.height != height;
  const int flags = (scales ? SWS_BICUBIC : SWS_BILINEAR) | SWS_ACCURATE_RND | SWS_BITEXACT |
                    SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
  scaler_.reset(sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(frame.format), width,
                               height, AV_PIX_FMT_YUV420P, flags, nullptr, nullptr, nullptr));
  if (!scaler_) {
    const char* format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
    throw Error(Errc::unsupported, name_,
                fmt::format("no conversion from pixel format {}", format ? format : "?"));
  }
  const int target = color.matrix == ColorMatrix::bt709 ? SWS_CS_ITU709 : SWS_CS_ITU601;
  sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(wanted.matrix), full,
                           sws_getCoefficients(target), color.range == ColorRange::full, 0, 1 << 16, 1 << 16);
  setting_ = wanted;
  return scaler_.get();
}

Image PictureMaker::convert(const AVFrame& frame) {
  const ColorInfo color = color_of(frame);
  Image image{width_, height_, color};
  const Fit place = fit(frame.width, frame.height, width_, height_);
  std::array<std::uint8_t*, 4> data{};
  std::array<int, 4> stride{};
  for (int i = 0; i < 3; ++i) {
    const Plane plane = image.mutable_plane(i);
    const int shift = i == 0 ? 0 : 1;
    data[std::size_t(i)] = plane.row(place.y >> shift) + (place.x >> shift);
    stride[std::size_t(i)] = static_cast<int>(plane.stride);
  }
  sws_scale(scaler(frame, place.width, place.height, color), frame.data, frame.linesize, 0, frame.height,
            data.data(), stride.data());
  return image;
}

}  // namespace invigil::media
