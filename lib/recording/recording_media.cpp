// The way of the media: packets of all tracks become segments, and segments become members of the archive.
#include "base/json.hpp"
#include "recording/recording_impl.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace invigil {

namespace {

using recording::MemberKind;

/// A hole of this length in a track is written down.
constexpr Duration notable_hole = std::chrono::seconds{2};
/// A track that has not begun by then gets the usual format, so that the others are written.
constexpr std::chrono::seconds patience_at_start{10};
/// Lines wait for the next segment, or this long where there is no media.
constexpr std::chrono::seconds longest_unflushed{1};
constexpr std::size_t most_unflushed = 10'000;
constexpr int usual_width = 1280, usual_height = 720;

std::string gap_line(Timestamp begin, Timestamp end, const std::string& why) {
  json::Object line;
  line["begin"] = seconds(begin);
  line["end"] = seconds(end);
  line["why"] = why;
  return json::line(line);
}

Flag ended_early(Timestamp begin, Timestamp end) {
  Flag flag;
  flag.what = "ended_early";
  flag.kind = FlagKind::technical;
  flag.begin = begin;
  flag.end = flag.evidence_end = end;
  flag.evidence_begin = std::max(Timestamp{}, begin - std::chrono::seconds{5});
  flag.because = "the disk was full: nothing after this was recorded";
  return flag;
}

}  // namespace

void Recording::Impl::open_video(Track& track, int width, int height, ColorInfo color) {
  const std::lock_guard lock{state};
  if (track.ended) throw Error(Errc::closed, "Recording", "the track \"" + track.name + "\" has ended");
  if (track.video) return;
  track.video.emplace(media::VideoEncoding{.codec = options.video_codec,
                                           .width = width,
                                           .height = height,
                                           .color = color,
                                           .quality = options.quality,
                                           .keyframe_every = options.keyframe_every});
}

void Recording::Impl::open_audio(Track& track, int channels) {
  const std::lock_guard lock{state};
  if (track.ended) throw Error(Errc::closed, "Recording", "the track \"" + track.name + "\" has ended");
  if (track.audio) return;
  track.audio.emplace(
      media::AudioEncoding{.channels = std::clamp(channels, 1, 2), .bitrate = options.audio_bitrate});
}

void Recording::Impl::write_gap(Timestamp begin, Timestamp end, const std::string& why) {
  write_log(MemberKind::gap, gap_line(begin, end, why), begin, end);
}

/// A camera may slow down by itself; a hole is what is long in itself and beside the distance before it.
void Recording::Impl::note_hole(Track& track, Timestamp next) {
  const auto hole = next - track.reached;
  if (hole < notable_hole || hole < 4 * track.step) return;
  write_gap(track.reached, next, "no " + track.what());
}

void Recording::Impl::write_log(MemberKind kind, std::string line, Timestamp begin, Timestamp end) {
  log.add(kind, std::move(line), begin, end);
  if (Wall::now() - last_flush >= longest_unflushed || log.size() >= most_unflushed) flush_log();
}

void Recording::Impl::flush_log() {
  log.flush(archive);
  archive.sync();
  last_flush = Wall::now();
  tend_witness();
}

void Recording::Impl::take(Track& track, std::vector<media::Packet> packets) {
  const std::lock_guard lock{state};
  for (auto& packet : packets) {
    packet.track = track.number;
    if (!first_packet) first_packet = Wall::now();
    segmenter.push(std::move(packet));
  }
  write_complete_segments();
}

/// Ends a track. Its encoder still holds pictures or sound.
void Recording::Impl::end(Track& track) {
  {
    const std::lock_guard lock{state};
    if (track.ended) return;
    track.ended = true;
  }
  std::vector<media::Packet> packets;
  const media::EmitPacket keep = [&](media::Packet p) { packets.push_back(std::move(p)); };
  if (track.video) track.video->flush(keep);
  if (track.audio) track.audio->flush(keep);
  take(track, std::move(packets));
  const std::lock_guard lock{state};
  segmenter.end(track.number);
  write_complete_segments();
}

bool Recording::Impl::ready_to_start() const {
  if (!first_packet) return false;
  const auto settled = [](const auto& track) { return track->begun() || track->ended; };
  return std::all_of(tracks.begin(), tracks.end(), settled) ||
         Wall::now() - *first_packet >= patience_at_start;
}

/// Fixes the tracks of the file and writes the init segment.
void Recording::Impl::start() {
  const auto add = [&](Track& track) {
    if (track.ended && !track.begun()) return;
    if (track.pictures && !track.video)
      track.video.emplace(media::VideoEncoding{.codec = options.video_codec,
                                               .width = usual_width,
                                               .height = usual_height,
                                               .quality = options.quality,
                                               .keyframe_every = options.keyframe_every});
    if (!track.pictures && !track.audio)
      track.audio.emplace(media::AudioEncoding{.bitrate = options.audio_bitrate});
    auto format = track.pictures ? track.video->format() : track.audio->format();
    format.title = track.name;
    track.in_file = muxer.add(format);
  };
  // The first camera is the first track, so that any player shows it, whichever sink was asked for first.
  for (const auto& track : tracks)
    if (track->pictures && track->name == "camera") add(*track);
  for (const auto& track : tracks)
    if (track->in_file < 0) add(*track);
  started = true;
  archive.add(MemberKind::init, muxer.init(), {}, {}, false);
}

void Recording::Impl::write_complete_segments() {
  if (!started && !ready_to_start()) return;
  if (!started) start();
  while (auto segment = segmenter.next()) write(std::move(*segment));
}

void Recording::Impl::write(recording::Segment segment) {
  for (auto& packet : segment.packets) {
    packet.track = tracks[static_cast<std::size_t>(packet.track)]->in_file;
    muxer.write(std::move(packet));
  }
  const auto fragment = muxer.cut();
  if (fragment.empty()) return;
  archive.add(MemberKind::media, fragment, segment.begin, segment.duration, segment.keyframe);
  ++counted.segments;
  counted.media = std::max(counted.media, (segment.begin + segment.duration).time_since_epoch());
  note_losses();
  flush_log();
}

/// Frames that a source lost, one gap a track and segment.
void Recording::Impl::note_losses() {
  for (const auto& track : tracks) {
    if (track->lost == 0) continue;
    const auto why = fmt::format("{} frames of {} were lost before they got here", track->lost, track->name);
    log.add(MemberKind::gap, gap_line(track->lost_begin, track->lost_end, why), track->lost_begin,
            track->lost_end);
    track->lost = 0;
  }
}

void Recording::Impl::commit() {
  for (const auto& track : tracks) {
    const std::lock_guard own{track->lock};
    end(*track);
  }
  const std::lock_guard lock{state};
  write_rest();
  Timestamp last{};
  for (const auto& track : tracks) last = std::max(last, track->reached);
  for (const auto& track : tracks)
    if (track->in_file >= 0) note_hole(*track, last);
  note_losses();
  end_unwitnessed(std::max(last, in_session(Timestamp{})));
  flush_log();
  archive.close();
  closed = true;
}

std::exception_ptr Recording::Impl::end_early(const Error& why) noexcept {
  try {
    archive.spend_reserve();
    const Timestamp written = std::max(Timestamp{counted.media}, in_session(Timestamp{}));
    Timestamp reached = written;
    for (const auto& track : tracks) reached = std::max(reached, track->reached);
    recording::Log last_words;
    last_words.add(MemberKind::gap, gap_line(written, reached, "the disk was full"), written, reached);
    last_words.add(MemberKind::flag, to_json(ended_early(written, reached)), written, reached);
    last_words.flush(archive);
    try {
      log.flush(archive);
    } catch (const recording::NoRoom&) {  // its lines are beyond what is kept back; the close comes first
    }
    archive.close();
    closed = true;
    return std::make_exception_ptr(
        Error(Errc::io, why.where(),
              fmt::format("No space left: the recording ended early, at {:.1f} s, and was closed whole; free "
                          "space before the next",
                          seconds(written))));
  } catch (...) {
    return std::current_exception();
  }
}

/// What the muxer itself held back.
void Recording::Impl::write_rest() {
  if (!started) return;
  const auto rest = muxer.finish();
  if (rest.empty()) return;
  archive.add(MemberKind::media, rest, Timestamp{counted.media}, {}, false);
  ++counted.segments;
}

}  // namespace invigil
