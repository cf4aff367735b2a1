#include "media/fragment.hpp"

#include "media/av.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavutil/opt.h>
}

namespace invigil::media {

namespace {

constexpr int io_buffer_size = 64 * 1024;

struct FreeOutput {
  void operator()(AVFormatContext* p) const { avformat_free_context(p); }
};
using UniqueOutput = std::unique_ptr<AVFormatContext, FreeOutput>;

int append(void* bytes, std::uint8_t* data, int size) {
  auto& out = *static_cast<Bytes*>(bytes);
  const auto added = std::as_bytes(std::span{data, static_cast<std::size_t>(size)});
  try {
    out.insert(out.end(), added.begin(), added.end());
  } catch (const std::bad_alloc&) {
    return AVERROR(ENOMEM);
  }
  return size;
}

}  // namespace

struct FragmentMuxer::Impl {
  void check(int result, const char* doing) const {
    if (result < 0)
      throw Error(Errc::unsupported, output ? output->oformat->name : "muxer",
                  fmt::format("{}: {}", doing, error_text(result)));
  }
  void open();
  void write_sorted();
  Bytes take();

  std::vector<TrackFormat> tracks;
  std::vector<Packet> packets;
  Bytes bytes;
  UniqueIo io;
  UniqueOutput output;
  bool matroska = false;
};

void FragmentMuxer::Impl::open() {
  silence_libav();
  AVFormatContext* context = nullptr;
  check(avformat_alloc_output_context2(&context, nullptr, matroska ? "matroska" : "mp4", nullptr),
        "no muxer");
  output.reset(context);
  auto* buffer = static_cast<unsigned char*>(av_malloc(io_buffer_size));
  io.reset(avio_alloc_context(buffer, io_buffer_size, 1, &bytes, nullptr, append, nullptr));
  if (!io) throw std::bad_alloc();
  output->pb = io.get();
  output->flags |= AVFMT_FLAG_BITEXACT;  // no version texts; nothing that differs from run to run
  output->avoid_negative_ts = 0;         // nothing begins before zero
  for (const auto& track : tracks) {
    AVStream* stream = avformat_new_stream(output.get(), nullptr);
    if (!stream) throw std::bad_alloc();
    check(avcodec_parameters_copy(stream->codecpar, track.codec.get()), "track");
    stream->codecpar->codec_tag = 0;
    stream->time_base = {1, track.ticks_per_second};
    if (!track.title.empty()) {
      av_dict_set(&stream->metadata, "title", track.title.c_str(), 0);
      av_dict_set(&stream->metadata, "handler_name", track.title.c_str(), 0);
    }
  }
}

/// Matroska wants packets in order of time, and MP4 then keeps reading local.
void FragmentMuxer::Impl::write_sorted() {
  // Each fragment states its tracks' own times. Otherwise libavformat adds up durations, of which a
  // fragment's last picture has only an estimate, and a late beginning or a hole would shift all that
  // follows.
  if (!matroska) av_opt_set(output->priv_data, "movflags", "+frag_discont", 0);
  std::stable_sort(packets.begin(), packets.end(),
                   [](const Packet& a, const Packet& b) { return a.time < b.time; });
  for (auto& packet : packets) {
    auto& av = *packet.data;
    const auto& track = tracks[static_cast<std::size_t>(packet.track)];
    const AVStream& stream = *output->streams[packet.track];
    av.stream_index = packet.track;
    av_packet_rescale_ts(&av, {1, track.ticks_per_second}, stream.time_base);
    check(av_write_frame(output.get(), &av), "writing a packet");
  }
  packets.clear();
}

Bytes FragmentMuxer::Impl::take() {
  avio_flush(io.get());
  return std::exchange(bytes, {});
}

FragmentMuxer::FragmentMuxer() : impl_(std::make_unique<Impl>()) {}
FragmentMuxer::~FragmentMuxer() = default;
FragmentMuxer::FragmentMuxer(FragmentMuxer&&) noexcept = default;
FragmentMuxer& FragmentMuxer::operator=(FragmentMuxer&&) noexcept = default;

int FragmentMuxer::add(const TrackFormat& format) {
  impl_->matroska = impl_->matroska || format.needs_matroska;
  impl_->tracks.push_back(format);
  return static_cast<int>(impl_->tracks.size()) - 1;
}

Bytes FragmentMuxer::init() {
  auto& my = *impl_;
  my.open();
  Dictionary options;
  if (my.matroska) {
    options.set("live", "1");                    // no sizes or indexes that would have to be patched in later
    options.set("cluster_time_limit", "60000");  // clusters end when cut, not by themselves
    options.set("cluster_size_limit", "1000000000");
  } else {
    options.set("movflags", "frag_custom+empty_moov+default_base_moof+skip_trailer+write_colr");
    options.set("use_editlist", "0");  // nothing begins before zero
  }
  my.check(avformat_write_header(my.output.get(), options.get()), "writing the header");
  return my.take();
}

void FragmentMuxer::write(Packet packet) { impl_->packets.push_back(std::move(packet)); }

Bytes FragmentMuxer::cut() {
  auto& my = *impl_;
  if (my.packets.empty()) return {};
  my.write_sorted();
  my.check(av_write_frame(my.output.get(), nullptr), "ending a fragment");
  return my.take();
}

Bytes FragmentMuxer::finish() {
  auto& my = *impl_;
  my.write_sorted();
  if (!my.matroska) my.check(av_write_frame(my.output.get(), nullptr), "ending a fragment");
  my.check(av_write_trailer(my.output.get()), "ending the file");
  return my.take();
}

std::string FragmentMuxer::container() const { return impl_->matroska ? "matroska" : "mp4"; }

}  // namespace invigil::media
