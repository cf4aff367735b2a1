// Files, pipes and URLs as sources.
#include "media/decoder.hpp"
#include "media/picture.hpp"
#include "media/resampler.hpp"

#include <invigil/error.hpp>
#include <invigil/media.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavutil/display.h>
}

namespace invigil {

namespace {

using namespace std::chrono_literals;
using media::Decoder;
using media::Demuxer;
using media::Kind;

/// Holds items back until their time has come on the wall, for both readers of an input alike.
class Pace {
 public:
  explicit Pace(bool realtime) : realtime_(realtime) {}
  [[nodiscard]] bool realtime() const { return realtime_; }
  /// False when stopped meanwhile.
  bool wait(Timestamp time, const std::stop_token& stop) {
    if (!realtime_) return !stop.stop_requested();
    std::unique_lock lock{mutex_};
    const auto now = std::chrono::steady_clock::now();
    if (!start_) start_ = now - time.time_since_epoch();
    never_.wait_until(lock, stop, *start_ + time.time_since_epoch(), [] { return false; });
    return !stop.stop_requested();
  }

 private:
  bool realtime_;
  std::mutex mutex_;
  std::condition_variable_any never_;
  std::optional<std::chrono::steady_clock::time_point> start_;
};

media::Orientation stored_orientation(const AVStream& stream) {
  std::size_t size = 0;
  const auto* bytes = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  std::array<std::int32_t, 9> matrix{};
  if (!bytes || size < sizeof matrix) return {};
  std::memcpy(matrix.data(), bytes, sizeof matrix);
  return media::orientation_of(matrix);
}

/// Average frames a second, 0 where the header does not know or says nonsense.
double rate_of(const AVStream& stream) {
  const AVRational r = stream.avg_frame_rate;
  const double rate = r.num > 0 && r.den > 0 ? av_q2d(r) : 0;
  return rate <= 1000 ? rate : 0;
}

class VideoReader final : public Source<RawFrame> {
 public:
  VideoReader(std::shared_ptr<Demuxer> demuxer, std::shared_ptr<Pace> pace)
      : demuxer_(std::move(demuxer)),
        pace_(std::move(pace)),
        decoder_(demuxer_, Kind::video),
        maker_(demuxer_->name(), stored_orientation(*demuxer_->stream(Kind::video))) {
    const double rate = rate_of(*demuxer_->stream(Kind::video));
    if (rate > 0) period_ = duration_from_seconds(1 / rate);
  }
  ~VideoReader() override { demuxer_->leave(Kind::video); }

  std::optional<RawFrame> read(std::stop_token stop) override {
    if (stop.stop_requested() || ended_) return std::nullopt;
    auto frame = peeked_ ? std::exchange(peeked_, std::nullopt) : decode(stop);
    if (frame && pace_->wait(frame->time, stop)) return frame;
    return std::nullopt;
  }
  /// The first picture, which the next `read` gives again.
  const RawFrame* peek() {
    peeked_ = decode({});
    return peeked_ ? &*peeked_ : nullptr;
  }
  [[nodiscard]] bool live() const override { return pace_->realtime(); }
  [[nodiscard]] std::string name() const override { return demuxer_->name(); }

 private:
  std::optional<RawFrame> decode(const std::stop_token& stop) {
    auto frame = decoder_.next(stop);
    if (!frame) {
      ended_ = true;
      if (decoder_.stopped())
        demuxer_->leave(Kind::video);
      else
        demuxer_->finish(Kind::video, count_ > 0);
      return std::nullopt;
    }
    const Timestamp time = order(decoder_.time(*frame));
    return RawFrame{maker_.make(std::move(frame)), time, count_++ + decoder_.lost()};
  }
  /// Where containers give no time, or one that does not advance, the count goes on.
  Timestamp order(std::optional<Timestamp> time) {
    const Timestamp earliest = count_ == 0 ? Timestamp{} : last_ + 1us;
    last_ = std::max(time.value_or(count_ == 0 ? Timestamp{} : last_ + period_), earliest);
    return last_;
  }

  std::shared_ptr<Demuxer> demuxer_;
  std::shared_ptr<Pace> pace_;
  Decoder decoder_;
  media::PictureMaker maker_;
  Duration period_ = 40ms;
  Timestamp last_{};
  std::uint64_t count_ = 0;
  std::optional<RawFrame> peeked_;
  bool ended_ = false;
};

int channels_of(const AVStream& stream) { return std::min(stream.codecpar->ch_layout.nb_channels, 2); }

class AudioReader final : public Source<AudioBlock> {
 public:
  AudioReader(std::shared_ptr<Demuxer> demuxer, std::shared_ptr<Pace> pace)
      : demuxer_(std::move(demuxer)),
        pace_(std::move(pace)),
        decoder_(demuxer_, Kind::audio),
        resampler_(demuxer_->name(), channels_of(*demuxer_->stream(Kind::audio))) {}
  ~AudioReader() override { demuxer_->leave(Kind::audio); }

  std::optional<AudioBlock> read(std::stop_token stop) override {
    while (ready_.empty() && !ended_ && !stop.stop_requested()) decode(stop);
    if (stop.stop_requested()) return std::nullopt;
    if (ready_.empty()) {
      report();
      return std::nullopt;
    }
    auto block = std::move(ready_.front());
    ready_.pop_front();
    return pace_->wait(block.time(), stop) ? std::optional{std::move(block)} : std::nullopt;
  }
  [[nodiscard]] bool live() const override { return pace_->realtime(); }
  [[nodiscard]] std::string name() const override { return demuxer_->name(); }

 private:
  void decode(const std::stop_token& stop) {
    const Emit<AudioBlock> keep = [this](AudioBlock b) { ready_.push_back(std::move(b)); };
    if (const auto frame = decoder_.next(stop)) {
      resampler_.push(*frame, decoder_.time(*frame), keep);
    } else {
      ended_ = true;
      resampler_.flush(keep);
    }
    delivered_ = delivered_ || !ready_.empty();
  }
  /// Only once everything was handed out.
  void report() {
    if (std::exchange(reported_, true)) return;
    if (decoder_.stopped())
      demuxer_->leave(Kind::audio);
    else
      demuxer_->finish(Kind::audio, delivered_);
  }

  std::shared_ptr<Demuxer> demuxer_;
  std::shared_ptr<Pace> pace_;
  Decoder decoder_;
  media::Resampler resampler_;
  std::deque<AudioBlock> ready_;
  bool ended_ = false, delivered_ = false, reported_ = false;
};

MediaInfo describe(const Demuxer& demuxer) {
  MediaInfo info;
  const auto& format = demuxer.format();
  info.format = format.iformat->name;
  info.still = demuxer.still();
  info.start = demuxer.start();
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    const AVStream& stream = *format.streams[i];
    const bool cover_art = stream.disposition & AV_DISPOSITION_ATTACHED_PIC;
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !cover_art) ++info.videos;
  }
  if (format.duration > 0 && !info.still) info.duration = std::chrono::microseconds{format.duration};
  if (const auto* video = demuxer.stream(Kind::video)) {
    const bool turned = stored_orientation(*video).transpose;
    info.has_video = true;
    info.width = turned ? video->codecpar->height : video->codecpar->width;
    info.height = turned ? video->codecpar->width : video->codecpar->height;
    info.rate = info.still ? 0 : rate_of(*video);
  }
  if (const auto* audio = demuxer.stream(Kind::audio)) {
    info.has_audio = true;
    info.channels = channels_of(*audio);
  }
  return info;
}

}  // namespace

struct MediaFile::Impl {
  Impl(std::unique_ptr<ByteSource> source, const std::string& url, std::string name, MediaOptions options,
       std::shared_ptr<std::atomic<bool>> abort)
      : demuxer(
            std::make_shared<Demuxer>(std::move(source), url, std::move(name), options, std::move(abort))),
        pace(std::make_shared<Pace>(options.realtime)),
        info(describe(*demuxer)) {
    if (info.still) look_at_still();
  }

  /// A photograph tells its orientation only when it is decoded, and is worth nothing if it cannot be.
  void look_at_still() {
    demuxer->claim(Kind::video);
    still = std::make_unique<VideoReader>(demuxer, pace);
    const auto* picture = still->peek();
    if (!picture) throw Error(Errc::bad_header, demuxer->name(), "its picture could not be decoded");
    info.width = picture->image.width();
    info.height = picture->image.height();
  }

  std::shared_ptr<Demuxer> demuxer;
  std::shared_ptr<Pace> pace;
  MediaInfo info;
  std::unique_ptr<VideoReader> still;
};

namespace {

bool is_url(const std::string& input) { return input.find("://") != std::string::npos; }

std::string local_path(const std::string& input) {
  constexpr std::string_view scheme = "file://";
  return input.starts_with(scheme) ? input.substr(scheme.size()) : input;
}

}  // namespace

MediaFile::MediaFile(std::string input, MediaOptions options) {
  if (input.empty()) throw Error(Errc::argument, "MediaFile", "no input was named");
  auto abort = std::make_shared<std::atomic<bool>>(false);
  const std::string path = local_path(input);
  std::unique_ptr<ByteSource> source;
  if (!is_url(path)) source = media::open_input(path, options.timeout, abort);
  auto name = source ? source->name() : input;
  impl_ =
      std::make_shared<Impl>(std::move(source), is_url(path) ? path : "", std::move(name), options, abort);
}

MediaFile::MediaFile(std::unique_ptr<ByteSource> source, std::string name, MediaOptions options) {
  if (!source) throw Error(Errc::argument, "MediaFile", "no source was given");
  impl_ = std::make_shared<Impl>(std::move(source), "", std::move(name), options,
                                 std::make_shared<std::atomic<bool>>(false));
}

MediaFile::~MediaFile() = default;
MediaFile::MediaFile(MediaFile&&) noexcept = default;
MediaFile& MediaFile::operator=(MediaFile&&) noexcept = default;

const MediaInfo& MediaFile::info() const { return impl_->info; }

std::unique_ptr<Source<RawFrame>> MediaFile::video() {
  auto& demuxer = impl_->demuxer;
  if (!impl_->info.has_video)
    throw Error(Errc::unsupported, demuxer->name(), "holds no pictures, only sound");
  if (impl_->info.still && impl_->still) return std::move(impl_->still);
  demuxer->claim(Kind::video);
  return std::make_unique<VideoReader>(demuxer, impl_->pace);
}

std::unique_ptr<Source<AudioBlock>> MediaFile::audio() {
  auto& demuxer = impl_->demuxer;
  if (!impl_->info.has_audio)
    throw Error(Errc::unsupported, demuxer->name(), "holds no sound, only pictures");
  demuxer->claim(Kind::audio);
  return std::make_unique<AudioReader>(demuxer, impl_->pace);
}

}  // namespace invigil
