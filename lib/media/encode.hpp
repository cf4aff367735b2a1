// From pictures and sound to compressed packets. Internal: recordings encrypt what comes out, and
// `MediaWriter` writes it to a plain file.
#pragma once

#include <invigil/audio.hpp>
#include <invigil/image.hpp>
#include <invigil/time.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

struct AVCodecParameters;
struct AVPacket;

namespace invigil::media {

/// One compressed picture or run of sound.
struct Packet {
  int track = 0;     ///< As `FragmentMuxer::add` numbered it; encoders leave 0.
  Timestamp time{};  ///< Of presentation.
  /// Exact for sound; for pictures the distance to the one before, since the next is not known yet.
  Duration duration{};
  bool keyframe = false;
  std::shared_ptr<AVPacket> data;  ///< Its time stamps count in the track format's time base.
};
using EmitPacket = std::function<void(Packet)>;

/// What a muxer must know of a track.
struct TrackFormat {
  std::shared_ptr<const AVCodecParameters> codec;
  int ticks_per_second = 0;
  bool needs_matroska = false;  ///< libavformat has no VP8 in MP4.
  std::string title;            ///< E.g. "screen"; may be empty.
};

struct VideoEncoding {
  std::string codec{};  ///< libavcodec's name; empty: `default_video_codec()`.
  int width = 0, height = 0;
  ColorInfo color{};
  double rate = 30;  ///< Expected frames a second: only rate control uses it.
  int quality = 28;  ///< x264's CRF; mapped to the like of it for other encoders.
  Duration keyframe_every = std::chrono::seconds{4};
  bool lossless = false;    ///< Every pixel comes back as it was. libx264 and libvpx-vp9 can.
  bool exact_size = false;  ///< Refuse an odd size that the codec cannot carry, instead of padding it.
  /// Times are kept to this. In 1/90000 s every common frame rate is exact.
  int ticks_per_second = 90000;
};

/// The first of libx264, libvpx (VP8) and libvpx-vp9 that this libavcodec has. Throws `Error{unsupported}`
/// when it has none.
[[nodiscard]] std::string default_video_codec();
/// The name itself, or the default for "". Throws `Error{unsupported}` when there is no such encoder.
[[nodiscard]] std::string checked_video_codec(const std::string& name);

/// One picture track. Frames may come at any rate. Two pictures at the same time are moved apart by one tick.
/// A keyframe stands at the first picture at or after each multiple of `keyframe_every`, so that all tracks
/// of a recording can be cut there.
///
/// No B-frames: they would save a fifth of the bytes at equal cost, but a picture would leave the encoder
/// four frames late (what a crash loses), and decoding times would begin before zero, which a fragmented MP4
/// can say only with an edit list.
///
/// Pictures of another size or colour than the track's are converted; their shape is kept, with black bars.
class VideoEncoder {
 public:
  /// Throws `Error{unsupported}`: no such encoder, or it refuses the size.
  explicit VideoEncoder(const VideoEncoding& encoding);
  ~VideoEncoder();
  VideoEncoder(VideoEncoder&&) noexcept;
  VideoEncoder& operator=(VideoEncoder&&) noexcept;
  void encode(const Image& image, Timestamp time, const EmitPacket& emit);
  /// The end: gives what is still inside. Nothing may be encoded afterwards.
  void flush(const EmitPacket& emit);
  [[nodiscard]] TrackFormat format() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct AudioEncoding {
  int channels = 1;  ///< 1 or 2; blocks with more are mixed down.
  int bitrate = 48000;
};

/// One Opus track, 20 ms a packet. A hole in time between blocks becomes silence (after more than 2 s the
/// track is interrupted instead), an overlap is cut; deviations below 5 ms are clock jitter and are ignored.
class AudioEncoder {
 public:
  /// Throws `Error{unsupported}` when there is no Opus encoder.
  explicit AudioEncoder(const AudioEncoding& encoding);
  ~AudioEncoder();
  AudioEncoder(AudioEncoder&&) noexcept;
  AudioEncoder& operator=(AudioEncoder&&) noexcept;
  void encode(const AudioBlock& block, const EmitPacket& emit);
  void flush(const EmitPacket& emit);
  [[nodiscard]] TrackFormat format() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::media
