#include "recording/segmenter.hpp"

#include <algorithm>
#include <utility>

namespace invigil::recording {

namespace {

Timestamp multiple_at_or_before(Timestamp t, Duration step) {
  const auto count = t.time_since_epoch().count(), every = step.count();
  return Timestamp{Duration{(count - (count % every + every) % every)}};
}

}  // namespace

Segmenter::Segmenter(SegmenterOptions options, Clock clock) : options_(options), clock_(std::move(clock)) {}

int Segmenter::add_pictures() { return add(true); }
int Segmenter::add_sound() { return add(false); }

int Segmenter::add(bool pictures) {
  tracks_.push_back({.pictures = pictures, .last_arrival = clock_(), .packets = {}});
  return static_cast<int>(tracks_.size()) - 1;
}

void Segmenter::push(media::Packet packet) {
  auto& track = tracks_[static_cast<std::size_t>(packet.track)];
  // A picture's end is known only when the next one comes; a run of sound says how long it is.
  track.reached = std::max(track.reached, track.pictures ? packet.time : packet.time + packet.duration);
  track.last_arrival = clock_();
  track.packets.push_back(std::move(packet));
}

void Segmenter::end(int track) { tracks_[static_cast<std::size_t>(track)].ended = true; }

std::optional<Timestamp> Segmenter::earliest() const {
  std::optional<Timestamp> first;
  for (const auto& track : tracks_)
    if (!track.packets.empty() && (!first || track.packets.front().time < *first))
      first = track.packets.front().time;
  return first;
}

bool Segmenter::waits_for(const Track& track, Timestamp border) const {
  return !track.ended && track.reached < border && clock_() - track.last_arrival < options_.patience;
}

std::optional<Segment> Segmenter::next() {
  const auto first = earliest();
  if (!first) return std::nullopt;
  const auto begin = std::max(multiple_at_or_before(*first, options_.length),
                              multiple_at_or_before(*first, options_.keyframe_every));
  const auto border =
      std::min(multiple_at_or_before(*first, options_.length) + options_.length,
               multiple_at_or_before(*first, options_.keyframe_every) + options_.keyframe_every);
  const auto waited_for = [&](const Track& track) { return waits_for(track, border); };
  if (std::any_of(tracks_.begin(), tracks_.end(), waited_for)) return std::nullopt;
  return take(begin, border);
}

Segment Segmenter::take(Timestamp begin, Timestamp border) {
  Segment segment{.begin = begin, .keyframe = true, .packets = {}};
  const bool at_keyframes = multiple_at_or_before(begin, options_.keyframe_every) == begin;
  Timestamp end = begin;
  bool last = true;
  for (auto& track : tracks_) {
    const bool present = !track.packets.empty() && track.packets.front().time < border;
    if (track.pictures && !(track.ended && track.packets.empty()))
      segment.keyframe = segment.keyframe && (present ? track.packets.front().keyframe : at_keyframes);
    for (; !track.packets.empty() && track.packets.front().time < border; track.packets.pop_front()) {
      end = std::max(end, track.packets.front().time + track.packets.front().duration);
      segment.packets.push_back(std::move(track.packets.front()));
    }
    last = last && track.ended && track.packets.empty();
  }
  segment.duration = (last ? std::min(end, border) : border) - begin;
  return segment;
}

}  // namespace invigil::recording
