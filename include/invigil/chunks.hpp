// A browser's recording that arrives in numbered pieces.
#pragma once

#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/io.hpp>
#include <invigil/stream.hpp>
#include <invigil/time.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace invigil {

struct ChunkOptions {
  /// Stands in messages and flags. Default: "the page's recording".
  std::string name = "the page's recording";
  /// The number of the first chunk, which holds the header. Default: 0.
  std::uint64_t first = 0;
  /// How long a missing chunk is waited for once a later one is there. Default: 10 s.
  Duration wait = std::chrono::seconds{10};
  /// Reading fails with `Error{io}` when nothing arrives for this long. Default: 5 min.
  Duration timeout = std::chrono::minutes{5};
  /// Chunks that were not read yet hold at most this many bytes, each 256 more than it has; half of them
  /// those that wait for an earlier one. No chunk may have more than half. Default: 64 MiB.
  std::size_t most_bytes = std::size_t{64} << 20;
  /// How far a number may lie beyond the one that is due. Default: 10,000.
  std::uint64_t furthest = 10'000;
};

struct ChunkStatistics {
  std::uint64_t received = 0;   ///< Taken, each once.
  std::uint64_t doubled = 0;    ///< Came again: retries of what had arrived.
  std::uint64_t differing = 0;  ///< Of those, with other bytes than the first time; the first counts.
  std::uint64_t reordered = 0;  ///< Of those received, came after a later one.
  std::uint64_t lost = 0;       ///< Given up.
  std::uint64_t late = 0;       ///< Of those lost, came after all, too late.
  std::uint64_t bytes = 0;      ///< Of all that were received.
  std::size_t waiting = 0;      ///< Bytes that were not read yet, counted as `most_bytes` does.
};

/// Takes the chunks of a MediaRecorder as a server gets them (twice, in any order, or never) and gives them,
/// in order and once, to a `MediaFile`: `MediaFile{chunks.source(), "exam page"}`. From any thread.
///
/// What is lost in WebM costs what cannot be decoded without it: reading goes on at the next cluster, and the
/// picture at the next keyframe. Other formats cannot be read on (`Error{truncated}`), nor can a recording
/// whose first chunk is lost. A recorder that was started anew, which sends a second header, goes on.
class INVIGIL_API Chunks {
 public:
  /// Throws `Error{argument}` for a negative time or no room.
  explicit Chunks(ChunkOptions options = {});
  /// As `end()`.
  ~Chunks();
  Chunks(Chunks&&) noexcept;
  Chunks& operator=(Chunks&&) noexcept;

  /// False when the chunk is known already or was given up: nothing is to be done. `at`: when it was recorded
  /// or has arrived, on any clock that does not step back, but on one for all, such as the page's
  /// `performance.now()`. Default: now. Never waits. Throws `Error{io}` when there is no room: the page
  /// should send it again in a moment; `Error{argument}` when it is too large or its number too far ahead,
  /// and `Error{closed}` after the end and once nobody reads any more.
  bool push(std::uint64_t number, std::span<const std::byte> bytes, std::optional<Duration> at = {});
  /// No more will come: what is missing is lost. Ends a `MediaFile` that still waits for its header, too.
  void end();
  /// The recording ends with chunk `last`; those missing up to there are still taken, and waited for. Throws
  /// `Error{argument}` when a later one is there, or `last` is too far ahead.
  void end(std::uint64_t last);

  /// The bytes in order; a read waits for the next. Once; then `Error{closed}`.
  [[nodiscard]] std::unique_ptr<ByteSource> source();
  /// What is missing, as `gap`: each run of lost chunks, from the last that was seen before it to the moment
  /// from which on everything is there again; and in WebM, at the moment at which it stood still, each
  /// stretch of more than 2 s that passed without being recorded (the recorder was paused, or began anew),
  /// once 5 s have not made up for it. Times are the media's, as `MediaFile` gives them. Ends when reading
  /// does. Once.
  [[nodiscard]] std::unique_ptr<Source<Flag>> flags();
  [[nodiscard]] ChunkStatistics statistics() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace invigil
