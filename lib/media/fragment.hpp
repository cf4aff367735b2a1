// Compressed packets to fragments of a media file in memory.
#pragma once

#include "media/encode.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace invigil::media {

using Bytes = std::vector<std::byte>;

/// Fragmented MP4, or Matroska when a track needs it. Add the tracks, take `init()` once, then write packets
/// (in order of decoding within a track); `cut()` returns everything since the last cut as one fragment. The
/// init segment followed by all fragments is one playable file.
class FragmentMuxer {
 public:
  FragmentMuxer();
  ~FragmentMuxer();
  FragmentMuxer(FragmentMuxer&&) noexcept;
  FragmentMuxer& operator=(FragmentMuxer&&) noexcept;
  /// The track's number.
  int add(const TrackFormat& format);
  /// ftyp+moov, or EBML+Info+Tracks.
  [[nodiscard]] Bytes init();
  void write(Packet packet);
  /// One moof+mdat, or one Cluster (two where a keyframe that was not forced falls into it), all tracks
  /// interleaved. Empty when nothing was written. Matroska keeps the last run of sound back for the next cut.
  [[nodiscard]] Bytes cut();
  /// The last fragment. Nothing may be written afterwards.
  [[nodiscard]] Bytes finish();
  [[nodiscard]] std::string container() const;  ///< "mp4" or "matroska".

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::media
