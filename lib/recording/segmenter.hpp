// Cuts the packets of several tracks into segments of bounded length.
#pragma once

#include "media/encode.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace invigil::recording {

/// Everything that all tracks have within one stretch of time.
struct Segment {
  Timestamp begin{};
  Duration duration{};
  bool keyframe = false;  ///< Decoding of every picture track can begin here.
  std::vector<media::Packet> packets;
};

struct SegmenterOptions {
  Duration length = std::chrono::seconds{1};
  /// Segments also end at its multiples, where the encoders place keyframes.
  Duration keyframe_every = std::chrono::seconds{4};
  /// A track that gave nothing for this long, on the wall, is not waited for until it gives again. What it
  /// gives late is written late, in segments of its own: nothing is lost.
  std::chrono::steady_clock::duration patience = std::chrono::seconds{2};
};

/// Borders lie at multiples of the length. A segment is complete once every track has passed its end, has
/// ended, or is stalled. Not thread-safe.
class Segmenter {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  explicit Segmenter(SegmenterOptions options, Clock clock = std::chrono::steady_clock::now);

  /// Tracks are numbered as they come.
  int add_pictures();
  int add_sound();
  /// Packets of one track come in order of time; `packet.track` says of which.
  void push(media::Packet packet);
  void end(int track);
  /// The next complete segment.
  [[nodiscard]] std::optional<Segment> next();

 private:
  struct Track {
    bool pictures = false;
    bool ended = false;
    Timestamp reached{};
    std::chrono::steady_clock::time_point last_arrival{};
    std::deque<media::Packet> packets;
  };
  int add(bool pictures);
  [[nodiscard]] std::optional<Timestamp> earliest() const;
  [[nodiscard]] bool waits_for(const Track& track, Timestamp border) const;
  [[nodiscard]] Segment take(Timestamp begin, Timestamp border);

  SegmenterOptions options_;
  Clock clock_;
  std::vector<Track> tracks_;
};

}  // namespace invigil::recording
