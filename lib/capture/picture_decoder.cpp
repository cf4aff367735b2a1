#include "capture/picture_decoder.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <new>
#include <utility>

extern "C" {
#include <libavutil/imgutils.h>
}

namespace invigil::capture {

namespace {

/// The frame's planes lie in `bytes`, which it does not own. False when they do not fit in.
bool lay_out(AVFrame& frame, const StreamFormat& format, std::span<const std::uint8_t> bytes) {
  if (av_image_fill_linesizes(frame.linesize, format.pixels, format.width) < 0) return false;
  if (format.stride > frame.linesize[0]) {
    const int row = frame.linesize[0];
    // A driver pads all planes alike.
    for (int& line : frame.linesize) line = static_cast<int>(std::int64_t{line} * format.stride / row);
  }
  // libav takes a pointer that it could write through; nobody does.
  auto* data = const_cast<std::uint8_t*>(bytes.data());
  const int size = av_image_fill_pointers(frame.data, format.pixels, format.height, data, frame.linesize);
  return size > 0 && static_cast<std::size_t>(size) <= bytes.size();
}

/// A frame that owns a copy: what is planar already would be wrapped, and the driver wants its buffer back.
media::UniqueFrame copied(const AVFrame& from) {
  auto frame = media::make_frame();
  frame->format = from.format;
  frame->width = from.width;
  frame->height = from.height;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  av_frame_copy(frame.get(), &from);
  av_frame_copy_props(frame.get(), &from);
  return frame;
}

/// Webcams' JPEGs are 4:2:2. Their luma stays where it is, and the chroma of two rows becomes their mean: the
/// general scaler took as long for that as decoding takes.
media::UniqueFrame as_420(media::UniqueFrame from) {
  const bool full = from->format == AV_PIX_FMT_YUVJ422P;
  if ((!full && from->format != AV_PIX_FMT_YUV422P) || from->linesize[0] <= 0) return from;
  auto frame = media::make_frame();
  frame->format = full ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
  frame->width = from->width;
  frame->height = from->height;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  av_frame_copy_props(frame.get(), from.get());
  const int width = (from->width + 1) / 2, rows = (from->height + 1) / 2;
  for (int plane = 1; plane < 3; ++plane)
    for (int y = 0; y < rows; ++y) {
      const auto* above = from->data[plane] + std::ptrdiff_t{2 * y} * from->linesize[plane];
      const auto* below = 2 * y + 1 < from->height ? above + from->linesize[plane] : above;
      auto* to = frame->data[plane] + std::ptrdiff_t{y} * frame->linesize[plane];
      for (int x = 0; x < width; ++x) to[x] = static_cast<std::uint8_t>((above[x] + below[x] + 1) / 2);
    }
  // The old frame goes along as the owner of the luma.
  auto* whole = from.release();
  auto* owner = av_buffer_create(
      reinterpret_cast<std::uint8_t*>(whole), sizeof *whole,
      [](void*, std::uint8_t* f) {
        auto* old = reinterpret_cast<AVFrame*>(f);
        av_frame_free(&old);
      },
      nullptr, 0);
  if (!owner) {
    av_frame_free(&whole);
    throw std::bad_alloc();
  }
  frame->data[0] = whole->data[0];
  frame->linesize[0] = whole->linesize[0];
  *std::find(std::begin(frame->buf), std::end(frame->buf), nullptr) = owner;
  return frame;
}

}  // namespace

std::optional<Content> PictureDecoder::take(const StreamFormat& format, std::span<const std::uint8_t> bytes) {
  if (format.coding == StreamFormat::Coding::raw) {
    auto image = raw(format, bytes);
    return image ? std::optional<Content>{std::move(*image)} : std::nullopt;
  }
  if (bytes.empty()) return std::nullopt;
  auto packet = media::make_packet();
  if (av_new_packet(packet.get(), static_cast<int>(bytes.size())) < 0) throw std::bad_alloc();
  std::memcpy(packet->data, bytes.data(), bytes.size());
  return Content{std::move(packet)};
}

std::optional<Image> PictureDecoder::raw(const StreamFormat& format, std::span<const std::uint8_t> bytes) {
  auto frame = media::make_frame();
  frame->format = format.pixels;
  frame->width = format.width;
  frame->height = format.height;
  frame->color_range = format.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  frame->colorspace = format.bt709 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  if (!lay_out(*frame, format, bytes)) return std::nullopt;
  if (format.pixels == AV_PIX_FMT_YUV420P) frame = copied(*frame);
  const std::lock_guard lock{mutex_};
  return maker_.make(std::move(frame));
}

void PictureDecoder::open(StreamFormat::Coding coding) {
  media::silence_libav();
  const auto* decoder =
      avcodec_find_decoder(coding == StreamFormat::Coding::mjpeg ? AV_CODEC_ID_MJPEG : AV_CODEC_ID_H264);
  codec_.reset(avcodec_alloc_context3(decoder));
  if (!codec_) throw std::bad_alloc();
  codec_->thread_count = 1;
  codec_->flags |= AV_CODEC_FLAG_LOW_DELAY;
  // Half a picture is none: what is under the other half is the picture before, or nothing.
  codec_->err_recognition = AV_EF_EXPLODE;
  if (!decoder || avcodec_open2(codec_.get(), decoder, nullptr) < 0)
    throw Error(Errc::unsupported, name_, "its picture format cannot be decoded by this build");
  open_for_ = coding;
}

media::UniqueFrame PictureDecoder::decode(StreamFormat::Coding coding, const AVPacket& packet, bool broken) {
  if (open_for_ != coding)
    open(coding);
  else if (broken && coding == StreamFormat::Coding::h264)
    avcodec_flush_buffers(codec_.get());
  auto frame = media::make_frame();
  if (avcodec_send_packet(codec_.get(), &packet) < 0) return nullptr;
  if (avcodec_receive_frame(codec_.get(), frame.get()) < 0 || frame->decode_error_flags) return nullptr;
  return frame;
}

std::optional<Image> PictureDecoder::picture(StreamFormat::Coding coding, Content content, bool broken) {
  if (auto* image = std::get_if<Image>(&content)) return std::move(*image);
  const std::lock_guard lock{mutex_};
  auto frame = decode(coding, *std::get<media::UniquePacket>(content), broken);
  return frame ? std::optional{maker_.make(as_420(std::move(frame)))} : std::nullopt;
}

}  // namespace invigil::capture
