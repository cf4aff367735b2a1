#include "media/encode.hpp"
#include "media/fit.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavutil/opt.h>
}

namespace invigil::media {

namespace {

bool is_vp8(const AVCodec& codec) { return codec.id == AV_CODEC_ID_VP8; }
bool is_vpx(const AVCodec& codec) { return is_vp8(codec) || codec.id == AV_CODEC_ID_VP9; }

/// VP8 and VP9 carry odd sizes as they are; H.264 in 4:2:0 counts in pairs of pixels.
int carried(const AVCodec& codec, int size) { return is_vpx(codec) ? size : (size + 1) / 2 * 2; }

const AVCodec& find_encoder(const std::string& name) {
  const AVCodec* codec = avcodec_find_encoder_by_name(name.c_str());
  if (!codec || codec->type != AVMEDIA_TYPE_VIDEO)
    throw Error(Errc::unsupported, name, "this libavcodec has no such video encoder; see `ffmpeg -encoders`");
  return *codec;
}

void set_option(AVCodecContext& codec, const char* key, const std::string& value) {
  av_opt_set(&codec, key, value.c_str(), AV_OPT_SEARCH_CHILDREN);
}

/// About 0.05 bits a pixel: what x264 at CRF 28 needs for a webcam picture.
std::int64_t bits_per_second(const VideoEncoding& wanted) {
  const double pixels = static_cast<double>(wanted.width) * wanted.height * wanted.rate;
  return std::max<std::int64_t>(static_cast<std::int64_t>(pixels * 0.05), 50'000);
}

void set_x264(AVCodecContext& codec, const VideoEncoding& wanted) {
  set_option(codec, "preset", "superfast");
  if (wanted.lossless) {
    set_option(codec, "qp", "0");
  } else {
    set_option(codec, "crf", std::to_string(wanted.quality));
  }
  set_option(codec, "forced-idr", "1");
}

void set_vpx(AVCodecContext& codec, const VideoEncoding& wanted) {
  set_option(codec, "deadline", "realtime");
  set_option(codec, "cpu-used",
             is_vp8(*codec.codec) ? "-8" : "8");  // VP8: negative, or it chases a time budget
  set_option(codec, "lag-in-frames", "0");
  set_option(codec, "auto-alt-ref", "0");
  if (wanted.lossless) {
    set_option(codec, "lossless", "1");
    return;
  }
  // libvpx's scale goes from 4 to 63; at these values its pictures are as good as x264's at 18 and 28.
  const int crf = is_vp8(*codec.codec) ? wanted.quality - 8 : wanted.quality + 6;
  set_option(codec, "crf", std::to_string(std::clamp(crf, 4, 63)));
  codec.bit_rate = bits_per_second(wanted) * 2;  // a ceiling: without one libvpx ignores crf
}

void set_color(AVCodecContext& codec, ColorInfo color) {
  const bool bt709 = color.matrix == ColorMatrix::bt709;
  codec.pix_fmt = AV_PIX_FMT_YUV420P;
  codec.color_range = color.range == ColorRange::full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  codec.colorspace = bt709 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

/// A thread for every 1080p of picture, which one thread encodes at 80 frames a second: more of them hold
/// more pictures back and cost more in all.
int thread_count(const VideoEncoding& wanted) {
  const auto pixels = static_cast<std::int64_t>(wanted.width) * wanted.height;
  const auto wished = std::clamp<std::int64_t>(pixels / (1920 * 1080), 1, 16);
  return static_cast<int>(std::min<std::int64_t>(wished, std::max(std::thread::hardware_concurrency(), 1U)));
}

void describe(AVCodecContext& codec, const VideoEncoding& wanted) {
  codec.width = carried(*codec.codec, wanted.width);
  codec.height = carried(*codec.codec, wanted.height);
  codec.time_base = {1, wanted.ticks_per_second};
  codec.framerate = av_d2q(wanted.rate, 100'000);
  // Keyframes are placed by time; this only bounds them by number where pictures come faster than expected.
  codec.gop_size = std::clamp(static_cast<int>(2 * wanted.rate * seconds(wanted.keyframe_every)), 1, 100'000);
  codec.max_b_frames = 0;
  codec.thread_count = thread_count(wanted);
  codec.flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  set_color(codec, wanted.color);
}

UniqueCodec open_encoder(const VideoEncoding& wanted) {
  silence_libav();
  const auto name = checked_video_codec(wanted.codec);
  const AVCodec& codec = find_encoder(name);
  UniqueCodec context{avcodec_alloc_context3(&codec)};
  if (!context) throw std::bad_alloc();
  describe(*context, wanted);
  if (wanted.exact_size && (context->width != wanted.width || context->height != wanted.height))
    throw Error(Errc::unsupported, name,
                fmt::format("cannot carry {}x{} pixels: both must be even", wanted.width, wanted.height));
  if (name == "libx264") {
    set_x264(*context, wanted);
  } else if (is_vpx(codec)) {
    set_vpx(*context, wanted);
  } else {
    context->bit_rate = bits_per_second(wanted);
  }
  const int result = avcodec_open2(context.get(), &codec, nullptr);
  if (result < 0)
    throw Error(
        Errc::unsupported, name,
        fmt::format("the encoder refuses {}x{} pixels: {}", wanted.width, wanted.height, error_text(result)));
  return context;
}

void release_image(void* image, std::uint8_t* /*data*/) { delete static_cast<Image*>(image); }

/// An AVFrame over the image's own pixels, which it keeps alive.
UniqueFrame as_frame(const Image& image) {
  auto frame = make_frame();
  auto owner = std::make_unique<Image>(image);
  for (int i = 0; i < 3; ++i) {
    const auto plane = image.plane(i);
    frame->data[i] = const_cast<std::uint8_t*>(plane.data);  // encoders only read: the buffer says so
    frame->linesize[i] = static_cast<int>(plane.stride);
  }
  frame->buf[0] = av_buffer_create(frame->data[0], 1, release_image, owner.get(), AV_BUFFER_FLAG_READONLY);
  if (!frame->buf[0]) throw std::bad_alloc();
  owner.release();
  frame->width = image.width();
  frame->height = image.height();
  frame->format = AV_PIX_FMT_YUV420P;
  return frame;
}

}  // namespace

std::string default_video_codec() {
  for (const char* name : {"libx264", "libvpx", "libvpx-vp9"})
    if (avcodec_find_encoder_by_name(name)) return name;
  throw Error(Errc::unsupported, "video encoder",
              "this libavcodec has neither libx264 nor libvpx; install an FFmpeg that has one of them");
}

std::string checked_video_codec(const std::string& name) {
  return find_encoder(name.empty() ? default_video_codec() : name).name;
}

struct VideoEncoder::Impl {
  explicit Impl(const VideoEncoding& encoding)
      : codec(open_encoder(encoding)),
        fit(codec->width, codec->height, encoding.color),
        keyframe_every(encoding.keyframe_every),
        usual_step(static_cast<std::int64_t>(std::llround(encoding.ticks_per_second / encoding.rate))) {}

  [[nodiscard]] Error refused(int error) const {
    return {Errc::unsupported, codec->codec->name, "the encoder failed: " + error_text(error)};
  }
  [[nodiscard]] std::int64_t to_ticks(Timestamp time) const {
    return av_rescale(time.time_since_epoch().count(), codec->time_base.den, 1'000'000'000);
  }
  [[nodiscard]] Timestamp to_time(std::int64_t ticks) const {
    return Timestamp{Duration{av_rescale(ticks, 1'000'000'000, codec->time_base.den)}};
  }
  bool wants_keyframe(std::int64_t pts);
  void send(const AVFrame* frame, const EmitPacket& emit);
  Packet pack(UniquePacket packet);

  UniqueCodec codec;
  Fit fit;
  Duration keyframe_every;
  std::int64_t usual_step;
  std::array<std::int64_t, 2> steps{0, 0};
  std::int64_t last_in = -1, last_out = -1;
  std::int64_t next_keyframe = 0;
};

bool VideoEncoder::Impl::wants_keyframe(std::int64_t pts) {
  if (pts < next_keyframe) return false;
  const auto every = keyframe_every.count();
  const auto number = to_time(pts).time_since_epoch().count() / every + 1;
  next_keyframe = to_ticks(Timestamp{Duration{number * every}});
  return true;
}

Packet VideoEncoder::Impl::pack(UniquePacket packet) {
  const auto step = last_out < 0 ? usual_step : packet->pts - last_out;
  steps = {last_out < 0 ? usual_step : steps[1], step};
  last_out = packet->pts;
  // The smaller of the last two distances: after a hole in time a picture does not last as long as the hole.
  packet->duration = std::min(steps[0], steps[1]);
  Packet out;
  out.time = to_time(packet->pts);
  out.duration = to_time(packet->duration).time_since_epoch();
  out.keyframe = (packet->flags & AV_PKT_FLAG_KEY) != 0;
  out.data = std::shared_ptr<AVPacket>{packet.release(), FreePacket{}};
  return out;
}

void VideoEncoder::Impl::send(const AVFrame* frame, const EmitPacket& emit) {
  const int sent = avcodec_send_frame(codec.get(), frame);
  if (sent < 0) throw refused(sent);
  for (;;) {
    auto packet = make_packet();
    const int result = avcodec_receive_packet(codec.get(), packet.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
    if (result < 0) throw refused(result);
    emit(pack(std::move(packet)));
  }
}

VideoEncoder::VideoEncoder(const VideoEncoding& encoding) : impl_(std::make_unique<Impl>(encoding)) {}
VideoEncoder::~VideoEncoder() = default;
VideoEncoder::VideoEncoder(VideoEncoder&&) noexcept = default;
VideoEncoder& VideoEncoder::operator=(VideoEncoder&&) noexcept = default;

void VideoEncoder::encode(const Image& image, Timestamp time, const EmitPacket& emit) {
  auto& my = *impl_;
  const auto fitting = my.fit(image);
  auto frame = as_frame(fitting);
  frame->pts = std::max(my.to_ticks(time), my.last_in + 1);
  my.last_in = frame->pts;
  frame->color_range = my.codec->color_range;
  frame->colorspace = my.codec->colorspace;
  frame->pict_type = my.wants_keyframe(frame->pts) ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  my.send(frame.get(), emit);
}

void VideoEncoder::flush(const EmitPacket& emit) { impl_->send(nullptr, emit); }

TrackFormat VideoEncoder::format() const {
  const auto& codec = *impl_->codec;
  std::shared_ptr<AVCodecParameters> parameters{avcodec_parameters_alloc(),
                                                [](AVCodecParameters* p) { avcodec_parameters_free(&p); }};
  if (!parameters || avcodec_parameters_from_context(parameters.get(), &codec) < 0) throw std::bad_alloc();
  return {parameters, codec.time_base.den, codec.codec_id == AV_CODEC_ID_VP8, {}};
}

}  // namespace invigil::media
