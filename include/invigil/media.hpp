// Media files, pipes and URLs as sources.
#pragma once

#include <invigil/audio.hpp>
#include <invigil/export.hpp>
#include <invigil/frame.hpp>
#include <invigil/io.hpp>
#include <invigil/stream.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace invigil {

struct MediaOptions {
  /// Deliver at the speed of the media's own clock, as a device would. Default: false, as fast as can be
  /// read.
  bool realtime = false;
  /// Networked and piped inputs that give nothing for this long fail with `Error{io}`. Default: 30 s.
  Duration timeout = std::chrono::seconds{30};
};

/// What a media input holds, as far as its header tells.
struct MediaInfo {
  std::string format;  ///< E.g. "mov,mp4,m4a,3gp,3g2,mj2".
  bool has_video = false;
  bool has_audio = false;
  int videos = 0;      ///< Video streams, without cover art; the first that can be decoded is read.
  bool still = false;  ///< A single picture.
  int width = 0;       ///< After rotation, pixels.
  int height = 0;
  double rate = 0;  ///< Average frames a second; 0 when unknown.
  int channels = 0;
  std::optional<Duration> duration;
  Duration start{};  ///< Where time zero lies on the input's own clock.
};

/// A file, URL or "-" (standard input): first video stream, turned upright by its display matrix, with its
/// own timestamps; first audio stream, resampled to 48 kHz. Time zero is the earlier of both streams' starts.
/// Growing inputs (a browser's WebM over a pipe) are read as they come.
///
/// All pictures have the size of the first: a stream that changes size is scaled, keeping its proportions.
///
/// Damage in the middle: what decodes is delivered, then `read` throws `Error{truncated}` naming the input
/// and the second, or `Error{bad_header}` if nothing could be decoded. When both pictures and sound are read,
/// the one that ends last throws, so that neither cuts off the other.
class INVIGIL_API MediaFile {
 public:
  /// Throws `Error{io}` (missing, folder, no permission), `Error{bad_header}` (not media, damaged),
  /// `Error{unsupported}` (neither picture nor sound that can be decoded).
  explicit MediaFile(std::string input, MediaOptions options = {});
  /// The same for bytes from elsewhere; `name` stands in messages. The source is read on a thread of its own;
  /// what it throws comes out of `read`.
  MediaFile(std::unique_ptr<ByteSource> source, std::string name, MediaOptions options = {});
  ~MediaFile();
  MediaFile(MediaFile&&) noexcept;
  MediaFile& operator=(MediaFile&&) noexcept;

  [[nodiscard]] const MediaInfo& info() const;
  /// The pictures. Once per file, before anything is read from it; throws `Error{unsupported}` when there are
  /// none.
  [[nodiscard]] std::unique_ptr<Source<RawFrame>> video();
  /// The sound. Once per file, before anything is read from it; throws `Error{unsupported}` when there is
  /// none.
  [[nodiscard]] std::unique_ptr<Source<AudioBlock>> audio();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// Synthetic inputs: libavfilter graphs such as "testsrc2=size=1280x720:rate=30:duration=2" and
/// "sine=frequency=440:duration=2". Throws `Error{argument}` when the graph does not parse.
[[nodiscard]] INVIGIL_API std::unique_ptr<Source<RawFrame>> test_video(const std::string& graph);
[[nodiscard]] INVIGIL_API std::unique_ptr<Source<AudioBlock>> test_audio(const std::string& graph);

}  // namespace invigil
