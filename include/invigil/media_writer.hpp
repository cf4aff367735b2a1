// Writing concealed pictures to a plain media file.
#pragma once

#include <invigil/export.hpp>
#include <invigil/frame.hpp>
#include <invigil/io.hpp>
#include <invigil/stream.hpp>
#include <invigil/time.hpp>

#include <filesystem>
#include <memory>
#include <string>

namespace invigil {

struct MediaWriterOptions {
  /// A media file of which this one is a version: its sound is copied as it is, and its time stamps are kept
  /// exactly. Default: none.
  std::string like = {};
  /// Added to the frames' times: `MediaInfo::start` of that file. Default: 0.
  Duration start = Duration{0};
  /// Every pixel as it was given, at several times the size. Default: false.
  bool lossless = false;
  /// Constant quality as of x264: 0 (all but lossless) to 40 (rough). Default: 18, where no difference is
  /// seen.
  int quality = 18;
  /// Replace an existing file. Default: false.
  bool overwrite = false;
};

/// An unencrypted file of one picture track, and the sound of another file: MP4, MOV, Matroska or WebM by the
/// ending of its name. The size is that of the first frame, also where it is odd. It takes `Frame` only: what
/// is on disk is concealed. The file appears when `close()` succeeds.
class INVIGIL_API MediaWriter {
 public:
  /// Throws `Error{unsupported}`: an ending that is none of these, or sound that such a file cannot hold;
  /// `Error{io}`.
  explicit MediaWriter(const std::filesystem::path& path, MediaWriterOptions options = {});
  ~MediaWriter();
  MediaWriter(MediaWriter&&) noexcept;
  MediaWriter& operator=(MediaWriter&&) noexcept;

  [[nodiscard]] Sink<Frame>& video();
  /// Ends and publishes the file. Throws `Error{argument}` when no frame came. Idempotent.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
