#include "media/decoder.hpp"

#include <invigil/error.hpp>

#include <new>
#include <utility>

#include <fmt/format.h>

namespace invigil::media {

namespace {

/// More would be 200 MB a picture.
constexpr std::int64_t most_pixels = std::int64_t{1} << 27;

UniqueCodec open_decoder(const AVStream& stream, const std::string& name) {
  const auto* decoder = avcodec_find_decoder(stream.codecpar->codec_id);
  UniqueCodec codec{avcodec_alloc_context3(decoder)};
  if (!codec) throw std::bad_alloc();
  int r = avcodec_parameters_to_context(codec.get(), stream.codecpar);
  codec->pkt_timebase = stream.time_base;
  codec->max_pixels = most_pixels;
  // One thread decodes 720p ten times faster than it plays, and costs the least in all.
  codec->thread_count = 1;
  codec->flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT;
  if (r >= 0) r = avcodec_open2(codec.get(), decoder, nullptr);
  if (r < 0)
    throw Error(
        Errc::unsupported, name,
        fmt::format("the decoder {} does not open: {}", decoder ? decoder->name : "?", error_text(r)));
  return codec;
}

}  // namespace

Decoder::Decoder(std::shared_ptr<Demuxer> demuxer, Kind kind)
    : demuxer_(std::move(demuxer)),
      kind_(kind),
      codec_(open_decoder(*demuxer_->stream(kind), demuxer_->name())) {}

std::optional<Timestamp> Decoder::time(const AVFrame& frame) const {
  return demuxer_->time(kind_, frame.best_effort_timestamp);
}

void Decoder::note_damage(const char* what) {
  ++lost_;
  demuxer_->damage(fed_, what);
}

UniqueFrame Decoder::next(const std::stop_token& stop) {
  auto frame = make_frame();
  for (;;) {
    const int r = avcodec_receive_frame(codec_.get(), frame.get());
    if (r == 0) {
      if (frame->decode_error_flags) demuxer_->damage(time(*frame).value_or(fed_), "a picture is damaged");
      return frame;
    }
    if (r == AVERROR_EOF) return nullptr;
    if (r != AVERROR(EAGAIN)) {
      note_damage("a packet does not decode");
      if (draining_) return nullptr;
    }
    if (!feed(stop)) return nullptr;
  }
}

/// Gives the decoder one packet, or the end. False when stopped.
bool Decoder::feed(const std::stop_token& stop) {
  if (draining_) return false;
  auto next = demuxer_->next(kind_, stop);
  stopped_ = next.stopped;
  if (stopped_) return false;
  draining_ = !next.packet;
  if (next.packet) {
    const auto& p = *next.packet;
    fed_ = demuxer_->time(kind_, p.pts != AV_NOPTS_VALUE ? p.pts : p.dts).value_or(fed_);
  }
  const int r = avcodec_send_packet(codec_.get(), next.packet.get());
  if (r < 0 && r != AVERROR(EAGAIN) && r != AVERROR_EOF) note_damage("a packet does not decode");
  return true;
}

}  // namespace invigil::media
