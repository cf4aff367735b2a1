// One demuxer for the picture and the sound of one input, shared by their two readers.
#pragma once

#include "media/input.hpp"

#include <invigil/error.hpp>
#include <invigil/media.hpp>

#include <array>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace invigil::media {

enum class Kind : std::size_t { video = 0, audio = 1 };

/// Note [one thread reads ahead a little]
/// Packets come interleaved, readers want one kind each. A thread reads while some reader has fewer than two
/// packets in hand, and files what it gets under its kind. It does not read while the other reader lies more
/// than 5 s of media (or 32 MiB) behind, so memory stays bounded. Should the slow reader take nothing at all
/// for a second (it is being read after the other, or waits for it), up to 128 MiB are kept instead of a
/// deadlock. A blocked read never holds up `stop`, since readers only wait for the queue.
class Demuxer {
 public:
  struct Next {
    UniquePacket packet;  ///< None at the end, and after a request to stop.
    bool stopped = false;
  };

  /// Takes whichever is given: bytes, or a URL that libav's protocols open.
  Demuxer(std::unique_ptr<ByteSource> source, std::string url, std::string name, MediaOptions options,
          std::shared_ptr<std::atomic<bool>> abort);
  ~Demuxer();
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const AVFormatContext& format() const { return *format_; }
  /// The first stream of a kind that can be decoded, or null.
  [[nodiscard]] const AVStream* stream(Kind kind) const { return track(kind).stream; }
  [[nodiscard]] bool still() const;
  /// Where media time zero lies on the input's own clock.
  [[nodiscard]] Duration start() const { return zero_; }
  /// Media time of a stream's timestamp; none where there is none or where it is absurd.
  [[nodiscard]] std::optional<Timestamp> time(Kind kind, std::int64_t pts) const;

  /// Marks a kind as wanted. Throws `Error{closed}` the second time and once reading has begun.
  void claim(Kind kind);
  /// Blocks until a packet is there, the input ends, or `stop`. Throws what the input's source threw.
  [[nodiscard]] Next next(Kind kind, const std::stop_token& stop);
  /// Notes damage; the earliest is what will be reported.
  void damage(Timestamp at, std::string what);
  /// A reader has delivered all it can. The one that ends last throws the damage, so that none cuts off the
  /// other. `delivered`: whether it delivered anything.
  void finish(Kind kind, bool delivered);
  /// A reader is gone, or will read no more.
  void leave(Kind kind);

 private:
  struct Track {
    const AVStream* stream = nullptr;
    bool claimed = false, active = false, waiting = false;
    std::deque<UniquePacket> queue;
    std::size_t bytes = 0;
    std::optional<Timestamp> last;                  ///< Decoding time of the newest packet.
    std::chrono::steady_clock::time_point taken{};  ///< When its reader last took one.
  };
  struct Damage {
    Timestamp at;
    std::string what;
  };

  void open(const std::string& url);
  void choose_streams();
  [[noreturn]] void fail_open(int error) const;
  void pump();
  bool wait_for_demand();
  void file(UniquePacket packet);
  void mend_time(Track& track, AVPacket& packet);
  void note_corruption(Kind kind, const AVPacket& packet);
  void end(int error);
  [[nodiscard]] Timestamp newest() const;
  [[nodiscard]] Track& track(Kind kind) { return tracks_[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] const Track& track(Kind kind) const { return tracks_[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] Duration behind(const Track& track) const;
  void arm();
  static int interrupted(void* self);

  std::string name_;
  MediaOptions options_;
  std::shared_ptr<std::atomic<bool>> abort_;
  std::unique_ptr<ByteIo> io_;
  std::atomic<std::int64_t> deadline_{0};  ///< Steady clock, ns: when a network read has taken too long.
  UniqueInput format_;
  Duration zero_{};     ///< The earlier of both streams' starts.
  Duration offset_{};   ///< Added to timestamps after a jump.
  bool filed_ = false;  ///< A packet was read.
  std::array<Track, 2> tracks_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool started_ = false, ended_ = false, delivered_ = false;
  std::optional<Damage> damage_;
  std::exception_ptr failure_;
  std::jthread thread_;
};

}  // namespace invigil::media
