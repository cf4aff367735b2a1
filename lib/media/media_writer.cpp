#include "media/av.hpp"
#include "media/encode.hpp"

#include <invigil/error.hpp>
#include <invigil/media_writer.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

// Note [written twice]: MP4 and Matroska are finished by writing into their beginning, and a `ByteSink` only
// appends. So the muxer writes to a nameless file beside the result, and `close()` copies that into the sink
// that gives it its name: whatever happens before, nothing is left.

namespace invigil {

namespace {

using media::check_av;
using media::UniqueInput;
using media::UniqueIo;

struct FreeOutput {
  void operator()(AVFormatContext* p) const { avformat_free_context(p); }
};
using UniqueOutput = std::unique_ptr<AVFormatContext, FreeOutput>;

struct Container {
  const char* ending;
  const char* muxer;
  const char* codec;      ///< Empty: the default.
  const char* odd_codec;  ///< For sizes that are not even, which H.264 in 4:2:0 cannot carry.
};
constexpr Container containers[] = {{".mp4", "mp4", "libx264", "libvpx-vp9"},
                                    {".m4v", "mp4", "libx264", "libvpx-vp9"},
                                    {".mov", "mov", "libx264", ""},
                                    {".mkv", "matroska", "libx264", "libvpx-vp9"},
                                    {".webm", "webm", "libvpx-vp9", "libvpx-vp9"}};

const Container& container_of(const std::filesystem::path& path) {
  auto ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const auto& c : containers)
    if (ending == c.ending) return c;
  throw Error(Errc::unsupported, path.string(),
              "a video is written as .mp4, .mov, .mkv or .webm; choose one of these endings");
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(const std::string& name, int error) {
  const char* advice = error == ENOSPC ? "; free space or choose another folder" : "";
  throw Error(Errc::io, name, fmt::format("{}{}", std::generic_category().message(error), advice));
}

/// A file without a name, which the system removes when it is closed.
int open_scratch(const std::filesystem::path& beside) {
  const auto folder = beside.has_parent_path() ? beside.parent_path() : std::filesystem::path{"."};
#ifdef O_TMPFILE
  const int nameless = ::open(folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
  if (nameless >= 0) return nameless;
#endif
  auto name = (folder / ".invigil-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  if (fd < 0) fail(beside.string(), errno);
  ::unlink(name.c_str());
  return fd;
}

int write_scratch(void* self, std::uint8_t* data, int size) {
  const int fd = *static_cast<int*>(self);
  for (int done = 0; done < size;) {
    const auto n = ::write(fd, data + done, static_cast<std::size_t>(size - done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return AVERROR(errno);
    done += static_cast<int>(n);
  }
  return size;
}

std::int64_t seek_scratch(void* self, std::int64_t offset, int whence) {
  if (whence == AVSEEK_SIZE) return AVERROR(ENOSYS);
  const auto at = ::lseek(*static_cast<int*>(self), offset, whence & ~AVSEEK_FORCE);
  return at < 0 ? AVERROR(errno) : at;
}

}  // namespace

struct MediaWriter::Impl {
  class VideoSink;

  Impl(const std::filesystem::path& path, MediaWriterOptions wanted);

  template <class Work>
  void guarded(Work&& work);
  void open_original();
  void begin(const Image& image);
  void add_video();
  void add_sound();
  void write_video(media::Packet packet);
  void copy_sound_until(double second);
  [[nodiscard]] bool before_zero(const AVStream& from, std::int64_t stamp) const;
  void write(AVPacket& packet);
  void finish();
  void publish();

  std::string name;
  MediaWriterOptions options;
  const Container& container;
  std::unique_ptr<ByteSink> result;
  int scratch;
  Descriptor scratch_owner;
  UniqueInput original;
  std::map<int, int> copied;  ///< From the original's stream number to ours.
  int ticks_per_second = 90000;
  std::optional<media::VideoEncoder> encoder;
  UniqueIo io;
  UniqueOutput output;
  media::UniquePacket waiting;  ///< The next of the original's sound.
  bool sound_ended = true;
  std::exception_ptr failure;
  bool closed = false;
  std::unique_ptr<Sink<Frame>> sink;
};

class MediaWriter::Impl::VideoSink final : public Sink<Frame> {
 public:
  explicit VideoSink(Impl& owner) : owner_(owner) {}
  void write(Frame frame) override {
    owner_.guarded([&] {
      if (owner_.closed) throw Error(Errc::closed, owner_.name, "is closed");
      if (!owner_.encoder) owner_.begin(frame.image());
      owner_.encoder->encode(frame.image(), frame.time() + owner_.options.start,
                             [&](media::Packet packet) { owner_.write_video(std::move(packet)); });
    });
  }
  [[nodiscard]] std::string name() const override { return owner_.name; }

 private:
  Impl& owner_;
};

MediaWriter::Impl::Impl(const std::filesystem::path& path, MediaWriterOptions wanted)
    : name(path.string()),
      options(std::move(wanted)),
      container(container_of(path)),
      result(create_file_atomically(path, {.overwrite = options.overwrite})),
      scratch(open_scratch(path)),
      scratch_owner(scratch),
      sink(std::make_unique<VideoSink>(*this)) {
  if (options.quality < 0 || options.quality > 40)
    throw Error(Errc::argument, "MediaWriterOptions", "quality must be within 0 to 40");
  if (!options.like.empty()) open_original();
}

template <class Work>
void MediaWriter::Impl::guarded(Work&& work) {
  if (failure) std::rethrow_exception(failure);
  try {
    work();
  } catch (...) {
    failure = std::current_exception();
    throw;
  }
}

/// Opens the original for its sound and its clock.
void MediaWriter::Impl::open_original() {
  media::silence_libav();
  AVFormatContext* context = nullptr;
  const auto url = "file:" + options.like;
  int result_code = avformat_open_input(&context, url.c_str(), nullptr, nullptr);
  original.reset(context);
  if (result_code >= 0) result_code = avformat_find_stream_info(context, nullptr);
  if (result_code < 0) throw Error(Errc::bad_header, options.like, media::error_text(result_code));
  const int video = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (video < 0) return;
  const auto base = context->streams[video]->time_base;
  if (base.num == 1 && base.den >= 1000 && base.den <= 1'000'000) ticks_per_second = base.den;
}

void MediaWriter::Impl::begin(const Image& image) {
  const bool odd = image.width() % 2 != 0 || image.height() % 2 != 0;
  const char* codec = odd ? container.odd_codec : container.codec;
  if (odd && !*codec)
    throw Error(Errc::unsupported, name,
                fmt::format("{}x{} pixels is odd, which this format cannot hold; choose .mp4 or .mkv",
                            image.width(), image.height()));
  const bool no_x264 = !avcodec_find_encoder_by_name(codec);
  encoder.emplace(media::VideoEncoding{.codec = no_x264 ? "libvpx-vp9" : codec,
                                       .width = image.width(),
                                       .height = image.height(),
                                       .color = image.color(),
                                       .quality = options.quality,
                                       .lossless = options.lossless,
                                       .exact_size = true,
                                       .ticks_per_second = ticks_per_second});
  AVFormatContext* context = nullptr;
  check_av(avformat_alloc_output_context2(&context, nullptr, container.muxer, nullptr), name);
  output.reset(context);
  constexpr int buffer_size = 64 * 1024;
  auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_size));
  io.reset(avio_alloc_context(buffer, buffer_size, 1, &scratch, nullptr, write_scratch, seek_scratch));
  if (!io) throw std::bad_alloc();
  output->pb = io.get();
  output->flags |= AVFMT_FLAG_BITEXACT;
  output->avoid_negative_ts = 0;  // or what an encoder put before zero would move the pictures
  add_video();
  add_sound();
  media::Dictionary muxer_options;  // those that a muxer does not know are left alone
  // MP4 writes where a track begins in these units: its milliseconds would move the pictures.
  muxer_options.set("movie_timescale", std::to_string(ticks_per_second));
  check_av(avformat_write_header(output.get(), muxer_options.get()), name);
}

void MediaWriter::Impl::add_video() {
  const auto format = encoder->format();
  AVStream* stream = avformat_new_stream(output.get(), nullptr);
  if (!stream) throw std::bad_alloc();
  check_av(avcodec_parameters_copy(stream->codecpar, format.codec.get()), name);
  stream->codecpar->codec_tag = 0;
  stream->time_base = {1, format.ticks_per_second};
}

void MediaWriter::Impl::add_sound() {
  if (!original) return;
  for (unsigned i = 0; i < original->nb_streams; ++i) {
    const AVStream& from = *original->streams[i];
    if (from.codecpar->codec_type != AVMEDIA_TYPE_AUDIO) continue;
    if (avformat_query_codec(output->oformat, from.codecpar->codec_id, FF_COMPLIANCE_NORMAL) != 1)
      throw Error(Errc::unsupported, name,
                  fmt::format("cannot hold the sound of {} ({}); choose .mkv, which can", options.like,
                              avcodec_get_name(from.codecpar->codec_id)));
    AVStream* to = avformat_new_stream(output.get(), nullptr);
    if (!to) throw std::bad_alloc();
    check_av(avcodec_parameters_copy(to->codecpar, from.codecpar), name);
    to->codecpar->codec_tag = 0;
    to->time_base = from.time_base;
    copied[static_cast<int>(i)] = to->index;
    sound_ended = false;
  }
}

void MediaWriter::Impl::write(AVPacket& packet) {
  const int result_code = av_interleaved_write_frame(output.get(), &packet);
  if (result_code == AVERROR(ENOSPC)) fail(name, ENOSPC);
  check_av(result_code, name);
}

void MediaWriter::Impl::write_video(media::Packet packet) {
  copy_sound_until(seconds(packet.time));
  auto& av = *packet.data;
  av.stream_index = 0;
  av_packet_rescale_ts(&av, {1, ticks_per_second}, output->streams[0]->time_base);
  write(av);
}

/// What comes before zero is an encoder's run-up, to be decoded and not heard. MP4 says so; Matroska can only
/// for Opus, and has no times below zero.
bool MediaWriter::Impl::before_zero(const AVStream& from, std::int64_t stamp) const {
  if (container.muxer == std::string_view{"mp4"} || container.muxer == std::string_view{"mov"}) return false;
  const AVRational rate{1, std::max(from.codecpar->sample_rate, 1)};
  return stamp + av_rescale_q(from.codecpar->initial_padding, rate, from.time_base) < 0;
}

/// Sound beyond is kept for the next time, so that the file stays interleaved.
void MediaWriter::Impl::copy_sound_until(double second) {
  while (!sound_ended) {
    if (!waiting) {
      waiting = media::make_packet();
      if (av_read_frame(original.get(), waiting.get()) < 0) {
        sound_ended = true;  // damage is told by whoever reads the pictures
        return;
      }
    }
    const auto ours = copied.find(waiting->stream_index);
    if (ours == copied.end()) {
      waiting.reset();
      continue;
    }
    const AVStream& from = *original->streams[waiting->stream_index];
    const auto stamp = waiting->dts != AV_NOPTS_VALUE ? waiting->dts : waiting->pts;
    if (stamp != AV_NOPTS_VALUE && static_cast<double>(stamp) * av_q2d(from.time_base) > second) return;
    if (stamp != AV_NOPTS_VALUE && before_zero(from, stamp)) {
      waiting.reset();
      continue;
    }
    av_packet_rescale_ts(waiting.get(), from.time_base, output->streams[ours->second]->time_base);
    waiting->stream_index = ours->second;
    waiting->pos = -1;
    write(*waiting);
    waiting.reset();
  }
}

void MediaWriter::Impl::finish() {
  if (!encoder) throw Error(Errc::argument, name, "no picture was given: there is nothing to write");
  encoder->flush([&](media::Packet packet) { write_video(std::move(packet)); });
  copy_sound_until(1e18);
  check_av(av_write_trailer(output.get()), name);
  avio_flush(io.get());
  if (io->error == AVERROR(ENOSPC)) fail(name, ENOSPC);
  check_av(io->error, name);
}

void MediaWriter::Impl::publish() {
  std::vector<std::byte> buffer(1 << 20);
  if (::lseek(scratch, 0, SEEK_SET) != 0) fail(name, errno);
  for (;;) {
    const auto n = ::read(scratch, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(name, errno);
    if (n == 0) break;
    result->write(std::span{buffer}.first(static_cast<std::size_t>(n)));
  }
  result->close();
}

MediaWriter::MediaWriter(const std::filesystem::path& path, MediaWriterOptions options)
    : impl_(std::make_unique<Impl>(path, std::move(options))) {}
MediaWriter::~MediaWriter() = default;
MediaWriter::MediaWriter(MediaWriter&&) noexcept = default;
MediaWriter& MediaWriter::operator=(MediaWriter&&) noexcept = default;

Sink<Frame>& MediaWriter::video() { return *impl_->sink; }

void MediaWriter::close() {
  if (impl_->closed) return;
  impl_->guarded([&] {
    impl_->finish();
    impl_->publish();
    impl_->closed = true;
  });
}

}  // namespace invigil
