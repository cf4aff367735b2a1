// What is missing of a page's recording: written by whoever reads it, read by its flags.
#pragma once

#include <invigil/flag.hpp>
#include <invigil/stream.hpp>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace invigil::media {

/// Note [time that was not recorded]
/// A recorder that pauses takes the time out of its media, so what follows arrives later and is not dated
/// later. A slow network does the same, but makes up for it: then nothing is missing. So when more than 2 s
/// pass for one chunk beyond what it holds, the next decide, for 5 s from the last that made up for some of
/// it.
class PauseWatch {
 public:
  struct Pause {
    Timestamp at;
    Duration length;
    bool restarted;
  };
  /// A chunk that came at `arrival`, after which the media stands at `media`.
  [[nodiscard]] std::optional<Pause> chunk(Duration arrival, Timestamp media, bool restarted);
  /// Chunks are missing before the next one.
  void lost() { before_.reset(); }
  /// No more chunks: what is open is told.
  [[nodiscard]] std::optional<Pause> end();
  /// The longest that a chunk usually takes.
  [[nodiscard]] Duration longest() const { return longest_; }

 private:
  std::optional<Duration> least_;   ///< By how much arrival leads when all is well.
  std::optional<Timestamp> media_;  ///< After the chunk before.
  std::optional<Duration> before_;  ///< When that came.
  std::optional<Pause> open_;
  Duration improved_{};  ///< When some of it was made up for.
  Duration longest_{};
};

/// From any thread.
class ChunkLog {
 public:
  explicit ChunkLog(std::string name) : name_(std::move(name)) {}

  /// A chunk that came at `arrival` was read; the media stands at `media` now, and all of it is there up to
  /// `complete`.
  void read(Duration arrival, Timestamp media, Timestamp complete, bool restarted);
  /// Chunks `first` to `last` were given up.
  void lost(std::uint64_t first, std::uint64_t last);
  /// Bytes that arrived could not be read.
  void damaged();
  /// Everything is there again since then.
  void whole(Timestamp since);

  struct End {
    std::optional<Duration> quiet;  ///< Since the last chunk.
    std::uint64_t differing = 0;    ///< Chunks that came twice, with other bytes the second time.
    bool inside = false;            ///< Within a picture or a sound.
  };
  /// Tells what is left to tell. A second time changes nothing.
  void end(const End& end);

  /// The next flag; none at the end, and when asked to stop while there is none.
  [[nodiscard]] std::optional<Flag> next_flag(const std::stop_token& stop);

 private:
  struct Missing {
    std::uint64_t first = 0, last = 0, count = 0;
    Timestamp begin{};
    bool damaged = false;
  };
  Missing& missing();
  void tell(Timestamp begin, Timestamp end, std::string because);
  void tell_missing(std::optional<Timestamp> again);
  void tell_pause(const PauseWatch::Pause& pause);

  const std::string name_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  Timestamp at_{}, complete_{};  ///< Of the media, after the last chunk that was read.
  PauseWatch pauses_;
  std::optional<Missing> missing_;
  std::deque<Flag> flags_;
  bool ended_ = false;
};

}  // namespace invigil::media
