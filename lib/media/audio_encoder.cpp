#include "media/av.hpp"
#include "media/encode.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

// Note [no pre-skip]: An Opus decoder's output lags 312 samples (6.5 ms) behind what went in. The usual
// remedy lets the first packet begin before zero and tells players to skip; a fragmented MP4 can say that
// only with an edit list, which many players ignore. Here the encoder is fed 312 samples ahead instead: the
// first 6.5 ms of sound are left out, the packets begin at or after zero, nothing need be skipped, and every
// player is in sync.

namespace invigil::media {

namespace {

constexpr int rate = AudioBlock::rate;
constexpr std::int64_t jitter = rate / 200;         // 5 ms
constexpr std::int64_t longest_silence = 2 * rate;  // longer holes interrupt the track
constexpr std::size_t pre_skip_offset = 10;         // in an OpusHead, RFC 7845 section 5.1

std::int64_t to_samples(Timestamp time) {
  return av_rescale(time.time_since_epoch().count(), rate, 1'000'000'000);
}
Timestamp to_time(std::int64_t samples) {
  return Timestamp{Duration{av_rescale(samples, 1'000'000'000, rate)}};
}

UniqueCodec open_encoder(const AudioEncoding& wanted) {
  silence_libav();
  const AVCodec* codec = avcodec_find_encoder_by_name("libopus");
  if (!codec)
    throw Error(Errc::unsupported, "libopus",
                "this libavcodec has no Opus encoder; install an FFmpeg that has it");
  UniqueCodec context{avcodec_alloc_context3(codec)};
  if (!context) throw std::bad_alloc();
  context->sample_rate = rate;
  context->sample_fmt = AV_SAMPLE_FMT_FLT;
  av_channel_layout_default(&context->ch_layout, wanted.channels);
  context->bit_rate = wanted.bitrate;
  context->time_base = {1, rate};
  context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
  const int result = avcodec_open2(context.get(), codec, nullptr);
  if (result < 0) throw Error(Errc::unsupported, "libopus", "cannot be opened: " + error_text(result));
  return context;
}

}  // namespace

struct AudioEncoder::Impl {
  explicit Impl(const AudioEncoding& wanted) : encoding(wanted), codec(open_encoder(wanted)) {}

  void begin(std::int64_t at);
  void append(const AudioBlock& block, std::size_t from);
  void append_silence(std::int64_t samples);
  void encode_whole_packets(const EmitPacket& emit);
  void drain(const EmitPacket& emit);
  void send(const AVFrame* frame, const EmitPacket& emit);
  [[nodiscard]] std::int64_t end() const {
    return start + static_cast<std::int64_t>(pending.size()) / channels();
  }
  [[nodiscard]] int channels() const { return encoding.channels; }
  [[nodiscard]] std::size_t packet_floats() const {
    return static_cast<std::size_t>(codec->frame_size) * static_cast<std::size_t>(channels());
  }

  AudioEncoding encoding;
  UniqueCodec codec;
  bool begun = false;
  bool drained = false;
  std::int64_t start = 0;      ///< Of `pending`, in samples since the session began.
  std::vector<float> pending;  ///< Interleaved, less than one packet between calls.
  std::int64_t last_pts = -1;
};

/// Takes up the track at a time, the first or again after an interruption.
void AudioEncoder::Impl::begin(std::int64_t at) {
  if (drained) codec = open_encoder(encoding);
  drained = false;
  begun = true;
  start = at;
  pending.clear();
}

void AudioEncoder::Impl::append(const AudioBlock& block, std::size_t from) {
  if (from >= block.size()) return;
  const std::size_t count = block.size() - from, wide = static_cast<std::size_t>(channels());
  const bool as_it_is = block.channels() == channels();
  const auto mono = as_it_is ? std::vector<float>{} : block.mono();
  const std::size_t old = pending.size();
  pending.resize(old + count * wide);
  for (std::size_t c = 0; c < wide; ++c) {
    const auto samples = as_it_is ? block.channel(static_cast<int>(c)) : std::span<const float>{mono};
    for (std::size_t i = 0; i < count; ++i) {
      const float x = samples[from + i];
      pending[old + i * wide + c] =
          std::isfinite(x) ? x : 0.0F;  // one NaN would silence the encoder for good
    }
  }
}

void AudioEncoder::Impl::append_silence(std::int64_t samples) {
  pending.insert(pending.end(), static_cast<std::size_t>(samples * channels()), 0.0F);
}

void AudioEncoder::Impl::send(const AVFrame* frame, const EmitPacket& emit) {
  const int sent = avcodec_send_frame(codec.get(), frame);
  if (sent < 0) throw Error(Errc::unsupported, "libopus", "the encoder failed: " + error_text(sent));
  for (;;) {
    auto packet = make_packet();
    const int result = avcodec_receive_packet(codec.get(), packet.get());
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
    if (result < 0) throw Error(Errc::unsupported, "libopus", "the encoder failed: " + error_text(result));
    av_packet_free_side_data(packet.get());  // pre-skip and padding, see Note [no pre-skip]
    packet->duration = codec->frame_size;
    packet->pts = packet->dts = std::max(packet->pts, last_pts + 1);
    last_pts = packet->pts;
    Packet out;
    out.time = to_time(packet->pts);
    out.duration = to_time(packet->duration).time_since_epoch();
    out.keyframe = true;
    out.data = std::shared_ptr<AVPacket>{packet.release(), FreePacket{}};
    emit(std::move(out));
  }
}

void AudioEncoder::Impl::encode_whole_packets(const EmitPacket& emit) {
  std::size_t done = 0;
  for (; pending.size() - done >= packet_floats(); done += packet_floats()) {
    auto frame = make_frame();
    frame->nb_samples = codec->frame_size;
    frame->format = codec->sample_fmt;
    frame->sample_rate = rate;
    av_channel_layout_copy(&frame->ch_layout, &codec->ch_layout);
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
    std::memcpy(frame->data[0], pending.data() + done, packet_floats() * sizeof(float));
    frame->pts = start;
    start += codec->frame_size;
    send(frame.get(), emit);
  }
  pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(done));
}

/// Fills up the last packet with silence and gives all that the encoder holds.
void AudioEncoder::Impl::drain(const EmitPacket& emit) {
  if (!begun || drained) return;
  const Timestamp last = to_time(end());
  const auto partial = pending.size() % packet_floats();
  if (partial) pending.resize(pending.size() + packet_floats() - partial, 0.0F);
  // What the encoder's lag pushes out behind the end is nothing but that filling.
  const EmitPacket until_end = [&](Packet packet) {
    if (packet.time < last) emit(std::move(packet));
  };
  encode_whole_packets(until_end);
  send(nullptr, until_end);
  drained = true;
}

AudioEncoder::AudioEncoder(const AudioEncoding& encoding) : impl_(std::make_unique<Impl>(encoding)) {}
AudioEncoder::~AudioEncoder() = default;
AudioEncoder::AudioEncoder(AudioEncoder&&) noexcept = default;
AudioEncoder& AudioEncoder::operator=(AudioEncoder&&) noexcept = default;

void AudioEncoder::encode(const AudioBlock& block, const EmitPacket& emit) {
  auto& my = *impl_;
  if (block.size() == 0) return;
  const auto at = to_samples(block.time());
  const std::int64_t lag = my.codec->initial_padding;
  if (!my.begun) my.begin(std::max(at, lag));
  const auto hole = at - my.end();
  if (hole > longest_silence) {
    my.drain(emit);
    my.begin(std::max(at, my.last_pts + lag + 1));
  } else if (hole > jitter) {
    my.append_silence(hole);
  }
  // What lies before the end of what we have is cut; jitter is taken as it comes.
  const auto overlap = my.end() - at;
  my.append(block, overlap > jitter ? static_cast<std::size_t>(overlap) : 0);
  my.encode_whole_packets(emit);
}

void AudioEncoder::flush(const EmitPacket& emit) { impl_->drain(emit); }

TrackFormat AudioEncoder::format() const {
  const auto& codec = *impl_->codec;
  std::shared_ptr<AVCodecParameters> parameters{avcodec_parameters_alloc(),
                                                [](AVCodecParameters* p) { avcodec_parameters_free(&p); }};
  if (!parameters || avcodec_parameters_from_context(parameters.get(), &codec) < 0) throw std::bad_alloc();
  parameters->initial_padding = 0;
  if (static_cast<std::size_t>(parameters->extradata_size) >= pre_skip_offset + 2)
    std::memset(parameters->extradata + pre_skip_offset, 0, 2);
  return {parameters, rate, false, {}};
}

}  // namespace invigil::media
