// Writing an encrypted recording that only staff can open. The format: lib/recording/FORMAT.md.
#pragma once

#include <invigil/audio.hpp>
#include <invigil/consent.hpp>
#include <invigil/crypto.hpp>
#include <invigil/event.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/frame.hpp>
#include <invigil/io.hpp>
#include <invigil/observation.hpp>
#include <invigil/policy.hpp>
#include <invigil/resume.hpp>
#include <invigil/stream.hpp>
#include <invigil/witness.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace invigil {

struct RecordingOptions {
  /// Longest stretch of media in one segment: what a crash can cost. 0.1 to 10 s. Default: 1 s.
  Duration segment = std::chrono::seconds{1};
  /// libavcodec's name of the video encoder; empty takes the first of libx264, libvpx (VP8), libvpx-vp9.
  /// Default: empty.
  std::string video_codec = {};
  /// Constant quality for H.264: 18 (large) to 35 (rough). Default: 28.
  int quality = 28;
  /// Longest distance of keyframes. Default: 4 s.
  Duration keyframe_every = std::chrono::seconds{4};
  /// Sound, bits a second. Default: 48000.
  int audio_bitrate = 48000;
  Consent consent = {};
  Policy policy = {};
  /// Which detector does what, as `Analysis::models` says: for the reviewer. Default: none.
  std::map<std::string, std::string> models = {};
  /// The part that this one continues after a failure (`earlier_part`): all times given to the recording
  /// count from `EarlierPart::begin`. Default: none.
  std::optional<EarlierPart> resumes = {};
  /// Who cosigns checkpoints while recording. What fails here is written down as a technical flag and harms
  /// nothing else. `close()` asks about the last checkpoint when all is committed, and waits twice
  /// `witness_deadline` at most. Default: nobody.
  std::shared_ptr<Witness> witness = {};
  /// Time between two questions. 1 s to 1 h. Default: 60 s.
  Duration witness_every = std::chrono::seconds{60};
  /// After this a question counts as failed; an answer that comes later is still taken. 0.1 to 600 s.
  /// Default: 10 s.
  Duration witness_deadline = std::chrono::seconds{10};
};

struct RecordingStatistics {
  std::uint64_t segments = 0;
  std::uint64_t frames = 0;
  std::uint64_t lost = 0;  ///< Frames that their sources lost, by the frames' indices.
  std::uint64_t bytes = 0;
  Duration media{};  ///< Session time until which media is written; of a part that continues another, from
                     ///< its begin on.
};

/// The writer. Thread-safe: each of its sinks may be fed from a thread of its own.
///
/// Every sink that is asked for is a track or log of the recording. Media is written once every picture and
/// sound track has begun or was closed. The first failure is kept and thrown by every later call.
class INVIGIL_API Recording {
 public:
  /// Throws `Error{argument}` without recipients or with options out of range, `Error{policy}` when the
  /// policy requires a consent that is not given, `Error{unsupported}` when no encoder is there.
  Recording(std::unique_ptr<ByteSink> destination, std::vector<Recipient> recipients,
            RecordingOptions options = {});
  /// Releases; what was synced is recoverable. Only `close()` commits.
  ~Recording();
  Recording(Recording&&) noexcept;
  Recording& operator=(Recording&&) noexcept;

  [[nodiscard]] Sink<Frame>& video();
  [[nodiscard]] Sink<AudioBlock>& audio();
  /// A further picture track, e.g. "screen" or "camera 2". Before the first frame of any track.
  [[nodiscard]] Sink<Frame>& video(const std::string& track);
  [[nodiscard]] Sink<Flag>& flags();
  [[nodiscard]] Sink<PlatformEvent>& events();
  [[nodiscard]] Sink<Observation>& observations();
  /// Writes down that something is missing between two times, and why.
  void gap(Timestamp begin, Timestamp end, const std::string& why);

  /// The public half of the session's signing key, a C2SP verifier key: register it to be able to prove who
  /// wrote this recording.
  [[nodiscard]] std::string signer() const;
  /// The newest signed checkpoint, a C2SP note: whoever keeps it elsewhere can tell later whether anything
  /// before it was changed or cut off. After `close()` it covers everything.
  [[nodiscard]] std::string checkpoint() const;
  [[nodiscard]] RecordingStatistics statistics() const;
  /// Ends the tracks and commits. Idempotent.
  void close();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
