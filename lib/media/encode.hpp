// From pictures and sound to fragments of a media file in memory. Internal: recordings encrypt what comes
// out.
#pragma once

#include <invigil/audio.hpp>
#include <invigil/image.hpp>
#include <invigil/time.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace invigil::media {

using Bytes = std::vector<std::byte>;

/// One compressed picture or run of sound.
struct Packet {
  int track = 0;
  Timestamp time{};  ///< Of presentation.
  Duration duration{};
  bool keyframe = false;
  std::shared_ptr<void> av;  ///< The AVPacket.
};
using EmitPacket = std::function<void(Packet)>;

struct VideoEncoding {
  std::string codec;  ///< libavcodec's name; empty: the first of libx264, libvpx, libvpx-vp9.
  int width = 0, height = 0;
  ColorInfo color;
  double rate = 30;  ///< Expected frames a second: only rate control and GOP length use it.
  int quality = 28;
  Duration keyframe_every = std::chrono::seconds{4};
};

/// The encoder that "" stands for. Throws `Error{unsupported}` when there is none.
[[nodiscard]] std::string default_video_codec();

/// One picture track. Frames may come at any rate; their times are kept exactly (to the microsecond).
class VideoEncoder {
 public:
  /// Throws `Error{unsupported}` (no such encoder, odd size it cannot take, ...).
  explicit VideoEncoder(const VideoEncoding& encoding);
  ~VideoEncoder();
  VideoEncoder(VideoEncoder&&) noexcept;
  void encode(const Image& image, Timestamp time, const EmitPacket& emit);
  void flush(const EmitPacket& emit);
  struct Impl;
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

struct AudioEncoding {
  int channels = 1;
  int bitrate = 48000;
};

/// One Opus track. A hole in time between blocks becomes silence, an overlap is cut.
class AudioEncoder {
 public:
  explicit AudioEncoder(const AudioEncoding& encoding);
  ~AudioEncoder();
  AudioEncoder(AudioEncoder&&) noexcept;
  void encode(const AudioBlock& block, const EmitPacket& emit);
  void flush(const EmitPacket& emit);
  struct Impl;
  [[nodiscard]] const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// Fragmented MP4, or Matroska where a codec asks for it (VP8). Give tracks in order, then `init()`, then
/// packets in order of decoding for each track; `cut()` returns one fragment (moof+mdat or one Cluster) with
/// everything since the last cut, all tracks interleaved, or nothing when there was no packet.
class FragmentMuxer {
 public:
  FragmentMuxer();
  ~FragmentMuxer();
  FragmentMuxer(FragmentMuxer&&) noexcept;
  int add(const VideoEncoder& encoder, const std::string& title = {});
  int add(const AudioEncoder& encoder);
  /// ftyp+moov, or EBML+Info+Tracks. Once, after all tracks were added.
  [[nodiscard]] Bytes init();
  void write(const Packet& packet);
  [[nodiscard]] Bytes cut();
  [[nodiscard]] std::string container() const;  ///< "mp4" or "matroska".

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::media
