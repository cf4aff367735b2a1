// What `Recording` is made of: the tracks with their encoders, and what they share.
#pragma once

#include "media/fragment.hpp"
#include "recording/archive.hpp"
#include "recording/log.hpp"
#include "recording/segmenter.hpp"
#include "recording/witness_loop.hpp"

#include <invigil/recording.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace invigil {

// Note [two locks]: each track has a lock of its own, so that encoding one does not hold up another; `state`
// guards everything that tracks share, the existence of their encoders included. A track's lock is always
// taken first. Functions whose comment says "locked" expect `state` to be held.
struct Recording::Impl {
  struct Track;
  class VideoSink;
  class AudioSink;
  template <class T>
  class LogSink;
  using Wall = std::chrono::steady_clock;

  Impl(std::unique_ptr<ByteSink> destination, std::vector<Recipient> recipients, RecordingOptions wanted);
  ~Impl();

  [[nodiscard]] Track& track(const std::string& name, bool pictures);
  /// Throws the first failure, or that this was closed. Locked.
  void check_usable() const;
  /// Runs `work` on a usable recording; the first failure is kept, and thrown ever after.
  template <class Work>
  void guarded(Work&& work);

  void open_video(Track& track, int width, int height, ColorInfo color);
  void open_audio(Track& track, int channels);
  void note_frame(Track& track, const Frame& frame);
  void note_sound(Track& track, const AudioBlock& block);
  void take(Track& track, std::vector<media::Packet> packets);
  void end(Track& track);
  void commit();
  /// The destination is full: tells so inside the recording and closes it. Gives what is thrown from then on.
  /// Locked.
  [[nodiscard]] std::exception_ptr end_early(const Error& why) noexcept;

  /// Where a time that was given to the recording lies in the session.
  [[nodiscard]] Timestamp in_session(Timestamp given) const;
  [[nodiscard]] AudioBlock in_session(AudioBlock given) const;
  /// Says which part this one continues, before everything else.
  void begin_part();

  void note_hole(Track& track, Timestamp next);  ///< Locked, as all that follow.
  void write_log(recording::MemberKind kind, std::string line, Timestamp begin, Timestamp end);
  void flush_log();
  void write_complete_segments();
  [[nodiscard]] bool ready_to_start() const;
  void start();
  void write(recording::Segment segment);
  void write_gap(Timestamp begin, Timestamp end, const std::string& why);
  void note_losses();
  void tend_witness();
  void take_outcome(const recording::WitnessLoop::Outcome& outcome);
  void end_unwitnessed(Timestamp now);
  void ask_last() noexcept;
  void write_rest();

  RecordingOptions options;
  mutable std::mutex state;
  std::exception_ptr failure;
  bool closed = false;
  recording::ArchiveWriter archive;
  recording::Segmenter segmenter;
  recording::Log log;
  media::FragmentMuxer muxer;
  std::vector<std::unique_ptr<Track>> tracks;
  std::unique_ptr<Sink<Flag>> flags;
  std::unique_ptr<Sink<PlatformEvent>> events;
  std::unique_ptr<Sink<Observation>> observations;
  bool started = false;
  bool unredacted = false;
  std::optional<Wall::time_point> first_packet;
  Wall::time_point last_flush = Wall::now();
  RecordingStatistics counted;
  std::optional<recording::WitnessLoop> witness;
  std::optional<Timestamp> unwitnessed;  ///< Since when nobody has cosigned.
  std::string why_unwitnessed;
};

/// One picture or sound track, from the first request for its sink on.
struct Recording::Impl::Track {
  std::string name;
  bool pictures = false;
  std::mutex lock;
  int number = 0;    ///< In the segmenter.
  int in_file = -1;  ///< In the muxer.
  std::optional<media::VideoEncoder> video;
  std::optional<media::AudioEncoder> audio;
  std::unique_ptr<Sink<Frame>> frames;
  std::unique_ptr<Sink<AudioBlock>> sound;
  bool ended = false;
  Timestamp reached{};  ///< Of what came last: a picture's time, a block's end.
  Duration step{};      ///< Between the last two pictures.
  std::optional<std::uint64_t> last_index;
  std::uint64_t lost = 0;  ///< Frames since the last segment.
  Timestamp lost_begin{}, lost_end{};

  [[nodiscard]] bool begun() const { return video || audio; }
  [[nodiscard]] std::string what() const { return pictures ? "picture of " + name : name; }
};

template <class Work>
void Recording::Impl::guarded(Work&& work) {
  {
    const std::lock_guard lock{state};
    check_usable();
  }
  try {
    work();
  } catch (const recording::NoRoom& why) {
    const std::lock_guard lock{state};
    if (!failure) failure = end_early(why);
    std::rethrow_exception(failure);
  } catch (...) {
    const std::lock_guard lock{state};
    if (!failure) failure = std::current_exception();
    std::rethrow_exception(failure);
  }
}

}  // namespace invigil
