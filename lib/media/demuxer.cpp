#include "media/demuxer.hpp"

#include "media/resampler.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <limits>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace invigil::media {

using namespace std::chrono_literals;

namespace {

constexpr Duration furthest_ahead = 5s;
constexpr std::size_t enough_bytes = 32 << 20;
constexpr std::size_t most_bytes = 128 << 20;
constexpr std::size_t packets_in_hand = 2;
constexpr AVRational nanosecond{1, 1'000'000'000};
/// A timestamp that steps back further, or forward further than a day, starts a new count: recorders that
/// restart begin at zero again.
constexpr Duration jump_back = 1s, jump_forward = 24h;

bool is_mp4(std::span<const std::uint8_t> head) {
  return head.size() >= 8 && std::memcmp(head.data() + 4, "ftyp", 4) == 0;
}

std::optional<Duration> to_duration(std::int64_t pts, AVRational base) {
  constexpr std::int64_t absurd = std::numeric_limits<std::int64_t>::max() / 4;
  if (pts == AV_NOPTS_VALUE || base.num <= 0 || base.den <= 0) return std::nullopt;
  const std::int64_t ns = av_rescale_q(pts, base, nanosecond);
  if (ns > absurd || ns < -absurd) return std::nullopt;
  return Duration{ns};
}

std::int64_t steady_now() { return std::chrono::steady_clock::now().time_since_epoch() / 1ns; }

/// Text that libav would draw as a terminal does: never what an exam is recorded as, but what any text file
/// may be taken for.
bool is_text_art(AVCodecID codec) {
  return codec == AV_CODEC_ID_ANSI || codec == AV_CODEC_ID_BINTEXT || codec == AV_CODEC_ID_XBIN ||
         codec == AV_CODEC_ID_IDF;
}

/// Opus and AAC begin with samples that the decoder drops: a negative start is theirs.
std::optional<Duration> start_of(const AVStream* stream) {
  const auto start = stream ? to_duration(stream->start_time, stream->time_base) : std::nullopt;
  if (!start || *start >= Duration{0} || stream->codecpar->initial_padding <= 0) return start;
  const auto padding = to_duration(stream->codecpar->initial_padding, {1, stream->codecpar->sample_rate});
  return std::min(Duration{0}, *start + padding.value_or(Duration{0}));
}

bool can_decode(const AVStream& stream) {
  const auto& p = *stream.codecpar;
  if (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) return false;  // cover art
  if (!avcodec_find_decoder(p.codec_id) || is_text_art(p.codec_id)) return false;
  if (p.codec_type == AVMEDIA_TYPE_VIDEO) return p.width > 0 && p.height > 0;
  return p.codec_type == AVMEDIA_TYPE_AUDIO && p.sample_rate >= lowest_rate &&
         p.sample_rate <= highest_rate && p.ch_layout.nb_channels > 0;
}

/// Playlists and reference movies name other files; a file that is only read must not make us open them.
int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EACCES);
}

}  // namespace

Demuxer::Demuxer(std::unique_ptr<ByteSource> source, std::string url, std::string name, MediaOptions options,
                 std::shared_ptr<std::atomic<bool>> abort)
    : name_(std::move(name)), options_(options), abort_(std::move(abort)) {
  silence_libav();
  if (source) io_ = std::make_unique<ByteIo>(std::move(source));
  open(url);
  choose_streams();
}

Demuxer::~Demuxer() {
  *abort_ = true;
  {
    const std::lock_guard lock{mutex_};
    ended_ = true;
  }
  if (io_) io_->stop();
  changed_.notify_all();
}

void Demuxer::arm() { deadline_ = steady_now() + options_.timeout / 1ns; }

int Demuxer::interrupted(void* self) {
  const auto& demuxer = *static_cast<Demuxer*>(self);
  if (*demuxer.abort_) return 1;
  return !demuxer.io_ && steady_now() > demuxer.deadline_ ? 1 : 0;
}

void Demuxer::open(const std::string& url) {
  auto* context = avformat_alloc_context();
  if (!context) throw std::bad_alloc();
  context->interrupt_callback = {&Demuxer::interrupted, this};
  context->flags |= AVFMT_FLAG_GENPTS;
  Dictionary options;
  if (io_) {
    context->pb = io_->get();
    context->flags |= AVFMT_FLAG_CUSTOM_IO;
    context->io_open = refuse_to_open;
  } else {
    options.set("protocol_whitelist", "http,https,httpproxy,tcp,tls,udp,rtp,rtsp,rtmp,srt,crypto,data");
    options.set("rw_timeout", fmt::format("{}", options_.timeout / 1us));
  }
  arm();
  // No file name: what the bytes are decides, not what the file is called.
  if (const int r = avformat_open_input(&context, url.c_str(), nullptr, options.get()); r < 0) fail_open(r);
  format_.reset(context);
  if (const int r = avformat_find_stream_info(context, nullptr); r < 0) fail_open(r);
}

void Demuxer::fail_open(int error) const {
  if (io_ && io_->failure()) std::rethrow_exception(io_->failure());
  if (!io_) {
    // libavformat's RTSP calls an answer that did not come invalid data.
    const bool late = error == AVERROR_EXIT || error == AVERROR(ETIMEDOUT) || steady_now() >= deadline_;
    if (late || error != AVERROR_INVALIDDATA)
      throw Error(Errc::io, name_,
                  late ? fmt::format("no answer for {:g} s; check the address and the connection",
                                     seconds(options_.timeout))
                       : error_text(error));
  }
  const auto head = io_ ? io_->head() : std::span<const std::uint8_t>{};
  if (io_ && head.empty()) throw Error(Errc::bad_header, name_, "is empty; give a media file");
  const bool matroska = head.size() >= 4 && std::memcmp(head.data(), "\x1A\x45\xDF\xA3", 4) == 0;
  if (is_mp4(head))
    throw Error(
        Errc::truncated, name_,
        "the MP4's index (moov) is missing: it was cut off, or its recorder was never stopped; nothing can "
        "be read from it");
  if (matroska)
    throw Error(Errc::truncated, name_, "the Matroska file ends within its header; nothing can be read");
  throw Error(Errc::bad_header, name_, "is no media file, or is damaged at its start");
}

void Demuxer::choose_streams() {
  bool undecodable = false;
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    auto* stream = format_->streams[i];
    const auto type = stream->codecpar->codec_type;
    if (type != AVMEDIA_TYPE_VIDEO && type != AVMEDIA_TYPE_AUDIO) continue;
    auto& wanted = track(type == AVMEDIA_TYPE_VIDEO ? Kind::video : Kind::audio);
    const bool usable = can_decode(*stream);
    undecodable = undecodable || (!usable && !is_text_art(stream->codecpar->codec_id));
    if (usable && !wanted.stream) wanted.stream = stream;
  }
  std::optional<Duration> zero;
  for (const auto& t : tracks_) {
    const auto start = start_of(t.stream);
    if (start && (!zero || *start < *zero)) zero = start;
  }
  zero_ = zero.value_or(Duration{0});
  if (stream(Kind::video) || stream(Kind::audio)) return;
  if (undecodable)
    throw Error(Errc::unsupported, name_, "holds no picture and no sound that this build can decode");
  throw Error(Errc::bad_header, name_,
              fmt::format("holds neither picture nor sound ({})", format_->iformat->name));
}

bool Demuxer::still() const {
  const auto* video = stream(Kind::video);
  if (!video || stream(Kind::audio)) return false;
  const std::string_view format = format_->iformat->name;
  return format.ends_with("_pipe") || (format == "gif" && video->nb_frames == 1);
}

std::optional<Timestamp> Demuxer::time(Kind kind, std::int64_t pts) const {
  const auto t = to_duration(pts, track(kind).stream->time_base);
  return t ? std::optional{Timestamp{*t - zero_}} : std::nullopt;
}

void Demuxer::claim(Kind kind) {
  const std::lock_guard lock{mutex_};
  auto& t = track(kind);
  const char* what = kind == Kind::video ? "pictures" : "sound";
  if (t.claimed) throw Error(Errc::closed, name_, fmt::format("its {} were taken before", what));
  if (started_)
    throw Error(Errc::closed, name_,
                fmt::format("ask for the {} before reading anything else from it", what));
  t.claimed = t.active = true;
}

Demuxer::Next Demuxer::next(Kind kind, const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  if (!started_) {
    started_ = true;
    for (auto& t : tracks_) t.taken = std::chrono::steady_clock::now();
    thread_ = std::jthread([this] { pump(); });
  }
  auto& t = track(kind);
  t.waiting = true;
  if (t.queue.empty()) changed_.notify_all();
  changed_.wait(lock, stop, [&] { return !t.queue.empty() || ended_; });
  t.waiting = false;
  if (stop.stop_requested()) return {nullptr, true};
  if (t.queue.empty()) {
    if (failure_) std::rethrow_exception(failure_);
    return {};
  }
  auto packet = std::move(t.queue.front());
  t.queue.pop_front();
  t.bytes -= static_cast<std::size_t>(packet->size);
  t.taken = std::chrono::steady_clock::now();
  if (t.queue.size() < packets_in_hand) changed_.notify_all();
  return {std::move(packet), false};
}

void Demuxer::leave(Kind kind) {
  bool unread = false;
  {
    const std::lock_guard lock{mutex_};
    auto& t = track(kind);
    t.active = false;
    t.queue.clear();
    t.bytes = 0;
    unread =
        started_ && std::none_of(tracks_.begin(), tracks_.end(), [](const Track& x) { return x.active; });
  }
  // Whatever its source still waits for, nobody wants it.
  if (unread && io_) io_->stop();
  changed_.notify_all();
}

void Demuxer::damage(Timestamp at, std::string what) {
  const std::lock_guard lock{mutex_};
  if (!damage_ || at < damage_->at) damage_ = Damage{at, std::move(what)};
}

void Demuxer::finish(Kind kind, bool delivered) {
  leave(kind);
  const std::lock_guard lock{mutex_};
  delivered_ = delivered_ || delivered;
  const bool last = std::none_of(tracks_.begin(), tracks_.end(), [](const Track& t) { return t.active; });
  if (!last || !damage_) return;
  if (!delivered_)
    throw Error(Errc::bad_header, name_, fmt::format("{}; nothing could be decoded", damage_->what));
  throw Error(Errc::truncated, fmt::format("{} at {:.3f} s", name_, seconds(damage_->at)),
              fmt::format("{}; what decodes was read", damage_->what));
}

Duration Demuxer::behind(const Track& t) const {
  if (t.queue.size() < 2) return Duration{0};
  const auto dts = [](const AVPacket& p) { return p.dts != AV_NOPTS_VALUE ? p.dts : p.pts; };
  const auto first = to_duration(dts(*t.queue.front()), t.stream->time_base);
  const auto last = to_duration(dts(*t.queue.back()), t.stream->time_base);
  return first && last ? *last - *first : Duration{0};
}

/// True when the next packet is wanted; false when nobody is left who could want one.
bool Demuxer::wait_for_demand() {
  std::unique_lock lock{mutex_};
  while (!ended_) {
    bool wanted = false, starving = false, full = false;
    std::size_t bytes = 0;
    auto taken = std::chrono::steady_clock::time_point::min();  // by the reader that lies behind
    for (const auto& t : tracks_) {
      if (!t.active) continue;
      wanted = wanted || t.queue.size() < packets_in_hand;
      starving = starving || (t.waiting && t.queue.empty());
      bytes += t.bytes;
      if (behind(t) <= furthest_ahead && t.bytes <= enough_bytes) continue;
      full = true;
      taken = std::max(taken, t.taken);
    }
    if (wanted && !full) return true;
    if (!wanted || !starving) {
      changed_.wait(lock);
      continue;
    }
    const auto idle = std::chrono::steady_clock::now() - taken;
    if (idle > 1s && bytes < most_bytes) return true;
    if (idle > std::max<Duration>(options_.timeout, 30s))
      throw Error(Errc::unsupported, name_,
                  "its picture and its sound lie too far apart, or one of them is not being read");
    changed_.wait_for(lock, 100ms);
  }
  return false;
}

void Demuxer::pump() {
  try {
    while (wait_for_demand()) {
      auto packet = make_packet();
      arm();
      const int r = av_read_frame(format_.get(), packet.get());
      if (r == AVERROR(EAGAIN)) {
        std::this_thread::sleep_for(5ms);
      } else if (r < 0) {
        return end(r);
      } else {
        file(std::move(packet));
      }
    }
  } catch (...) {
    const std::lock_guard lock{mutex_};
    failure_ = std::current_exception();
    ended_ = true;
  }
  changed_.notify_all();
}

void Demuxer::file(UniquePacket packet) {
  for (const Kind kind : {Kind::video, Kind::audio}) {
    auto& t = track(kind);
    if (!t.stream || packet->stream_index != t.stream->index) continue;
    mend_time(t, *packet);
    filed_ = true;
    if (packet->flags & AV_PKT_FLAG_CORRUPT) note_corruption(kind, *packet);
    const std::lock_guard lock{mutex_};
    if (!t.active) return;
    t.bytes += static_cast<std::size_t>(packet->size);
    t.queue.push_back(std::move(packet));
    changed_.notify_all();
    return;
  }
}

/// Continues the count of time where the input starts a new one. Here, in the order of the input and on one
/// thread, so that picture and sound get the same offset, every time.
void Demuxer::mend_time(Track& t, AVPacket& packet) {
  const auto base = t.stream->time_base;
  const auto raw = to_duration(packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts, base);
  if (!raw) {
    if (offset_ != Duration{0}) packet.pts = packet.dts = AV_NOPTS_VALUE;
    return;
  }
  Timestamp at{*raw - zero_ + offset_};
  if (t.last && (at < *t.last - jump_back || at > *t.last + jump_forward)) {
    const auto length = to_duration(packet.duration, base).value_or(40ms);
    const Timestamp next = newest() + length;
    offset_ += next - at;
    at = next;
  }
  t.last = at;
  if (offset_ == Duration{0}) return;
  const auto shift = av_rescale_q(offset_.count(), nanosecond, base);
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += shift;
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += shift;
}

Timestamp Demuxer::newest() const {
  Timestamp newest{};
  for (const auto& t : tracks_) newest = std::max(newest, t.last.value_or(Timestamp{}));
  return newest;
}

void Demuxer::note_corruption(Kind kind, const AVPacket& packet) {
  const auto at = time(kind, packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts);
  damage(at.value_or(newest()), "a packet is damaged or cut off");
}

void Demuxer::end(int error) {
  if (error == AVERROR_EXIT && *abort_) error = AVERROR_EOF;
  std::exception_ptr failure = io_ ? io_->failure() : nullptr;
  if (!failure && !io_ && (error == AVERROR_EXIT || error == AVERROR(ETIMEDOUT)))
    failure = std::make_exception_ptr(
        Error(Errc::io, name_,
              fmt::format("nothing came for {:g} s; check the connection", seconds(options_.timeout))));
  if (!failure && error == AVERROR_INVALIDDATA && io_ && !io_->seekable() && is_mp4(io_->head()) && !filed_)
    failure = std::make_exception_ptr(
        Error(Errc::unsupported, name_,
              "this MP4 keeps its index at its end and cannot be read from a pipe; give the file itself"));
  if (!failure && error != AVERROR_EOF)
    damage(newest(), fmt::format("the input is damaged or cut off ({})", error_text(error)));
  if (!failure && error == AVERROR_EOF && io_ && io_->cut_off())
    damage(newest(), "the file ends before it should");
  {
    const std::lock_guard lock{mutex_};
    failure_ = failure;
    ended_ = true;
  }
  changed_.notify_all();
}

}  // namespace invigil::media
