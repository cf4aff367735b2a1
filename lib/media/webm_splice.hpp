// A WebM stream of which pieces are missing, made into one that is whole.
#pragma once

#include <invigil/time.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace invigil::media {

/// Note [what is spliced]
/// libavformat takes the rest of a broken element from what follows, decodes pictures whose reference is
/// gone, and knows one header only. So elements pass whole or not at all; after a loss, from the next Cluster
/// on; blocks of a picture from its next keyframe on. Of a second header (a recorder that was started anew)
/// nothing passes: times are moved to go on where the first ended, and tracks get their first numbers.
/// Segments and Clusters pass with an unknown size, as live streams have it (RFC 9559, section 23.2).
///
/// What does not begin with an EBML header passes as it is.
class WebmSplice {
 public:
  using Bytes = std::vector<std::byte>;
  explicit WebmSplice(std::string name) : name_(std::move(name)) {}

  /// The next bytes of the stream; what can be read of it is appended to `out`. Throws `Error{unsupported}`
  /// when a second header names a codec that the first does not.
  void pass(std::span<const std::byte> bytes, Bytes& out);
  /// What would follow is missing.
  void lost();

  /// Nothing but WebM can go on after a loss; false also before anything passed.
  [[nodiscard]] bool webm() const { return kind_ == Kind::webm; }
  /// Everything is there: no keyframe is waited for, and no Cluster to go on with.
  [[nodiscard]] bool whole() const { return !searching_ && !after_loss_ && keyless_.empty(); }
  /// The stream stands inside an element.
  [[nodiscard]] bool inside() const { return kind_ == Kind::webm && !searching_ && !held_.empty(); }
  /// Where the newest block begins, from the first one on, as it passed.
  [[nodiscard]] Timestamp newest() const { return time(newest_at_); }
  /// Until when all tracks were there before a loss: what has given nothing for 2 s has ended.
  [[nodiscard]] Timestamp complete() const;
  /// Since when everything is there again.
  [[nodiscard]] Timestamp whole_since() const { return time(whole_at_); }
  /// Headers that passed after the first.
  [[nodiscard]] std::uint64_t restarts() const { return restarts_; }
  /// Places where the stream was no WebM any more.
  [[nodiscard]] std::uint64_t damages() const { return damages_; }

 private:
  enum class Kind { unknown, webm, other };
  enum class Step { done, more, damaged };
  struct Track {
    std::uint64_t number = 0;
    bool video = false;
    std::string codec;
  };
  using View = std::span<const std::byte>;

  [[nodiscard]] Timestamp time(std::int64_t ticks) const;
  static std::vector<Track> tracks_in(View body);
  bool search();
  Step step(Bytes& out);
  bool take(std::uint32_t id, View whole, View body, Bytes& out);
  void take_scale(std::uint64_t scale);
  void take_tracks(View body);
  bool take_time(std::uint64_t ticks, Bytes& out);
  bool take_block(View block, bool key, View element, Bytes& out);

  std::string name_;
  Kind kind_ = Kind::unknown;
  Bytes held_;          ///< What is not a whole element yet.
  std::size_t at_ = 0;  ///< How much of it was dealt with.
  bool searching_ = false, after_loss_ = false;
  bool second_ = false;   ///< The newest header is not the first.
  bool renewed_ = false;  ///< And no Cluster has followed it yet.
  std::uint64_t restarts_ = 0, damages_ = 0;

  std::vector<Track> tracks_;                          ///< Of the first header.
  std::map<std::uint64_t, std::uint64_t> renumbered_;  ///< From the newest header's numbers to the first's.
  std::set<std::uint64_t> keyless_;                    ///< Tracks that wait for a keyframe.
  std::uint64_t scale_ = 1'000'000;                    ///< Nanoseconds a tick.
  std::int64_t cluster_ = 0, shift_ = 0, newest_at_ = 0, whole_at_ = 0;  ///< In ticks, as they pass.
  std::optional<std::int64_t> first_at_;
  std::map<std::uint64_t, std::int64_t> newest_of_;  ///< By track.
};

}  // namespace invigil::media
