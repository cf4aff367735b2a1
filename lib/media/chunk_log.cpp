#include "media/chunk_log.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace invigil::media {

using namespace std::chrono_literals;

namespace {

constexpr Duration shortest_pause = 2s, time_to_catch_up = 5s;
/// What nobody takes is put together: a page can lose as many chunks as it likes.
constexpr std::size_t most_flags = 1000;

}  // namespace

std::optional<PauseWatch::Pause> PauseWatch::chunk(Duration arrival, Timestamp media, bool restarted) {
  const Duration lead = arrival - media.time_since_epoch();
  const auto before = std::exchange(before_, arrival);
  const auto grown = media_ ? media - *media_ : Duration{0};
  media_ = media;
  if (!least_ || lead < *least_) least_ = lead;
  std::optional<Pause> told;
  if (open_) {
    const auto missing = lead - *least_;
    if (missing < shortest_pause) {
      open_.reset();
    } else {
      if (missing < open_->length - 100ms) improved_ = arrival;
      open_->length = std::min(open_->length, missing);
      if (arrival - improved_ >= time_to_catch_up) told = end();
    }
  }
  if (before) longest_ = std::max(longest_, grown);
  if (!before || open_ || told || arrival - *before - grown < shortest_pause ||
      lead - *least_ < shortest_pause)
    return told;
  open_ = Pause{media - grown, lead - *least_, restarted};
  improved_ = arrival;
  return told;
}

std::optional<PauseWatch::Pause> PauseWatch::end() {
  const auto told = std::exchange(open_, std::nullopt);
  if (told) *least_ += told->length;
  return told;
}

void ChunkLog::read(Duration arrival, Timestamp media, Timestamp complete, bool restarted) {
  const std::lock_guard lock{mutex_};
  at_ = media;
  complete_ = complete;
  if (const auto pause = pauses_.chunk(arrival, media, restarted)) tell_pause(*pause);
}

ChunkLog::Missing& ChunkLog::missing() {
  if (!missing_) missing_ = Missing{.begin = complete_};
  return *missing_;
}

void ChunkLog::lost(std::uint64_t first, std::uint64_t last) {
  const std::lock_guard lock{mutex_};
  pauses_.lost();
  auto& m = missing();
  if (m.count == 0) m.first = first;
  m.last = last;
  m.count += last - first + 1;
}

void ChunkLog::damaged() {
  const std::lock_guard lock{mutex_};
  missing().damaged = true;
}

void ChunkLog::whole(Timestamp since) {
  const std::lock_guard lock{mutex_};
  if (missing_) tell_missing(since);
}

void ChunkLog::end(const End& end) {
  const std::lock_guard lock{mutex_};
  if (ended_) return;
  if (const auto pause = pauses_.end()) tell_pause(*pause);
  if (missing_) tell_missing(std::nullopt);
  if (end.inside)
    tell(at_, at_, fmt::format("{} breaks off within a picture or a sound: its end never arrived", name_));
  if (end.differing > 0)
    tell(at_, at_,
         fmt::format("of {} {} arrived a second time with other bytes; what came first was kept", name_,
                     end.differing == 1 ? "a chunk" : fmt::format("{} chunks", end.differing)));
  if (end.quiet && *end.quiet > std::max(time_to_catch_up, 2 * pauses_.longest()))
    tell(at_, at_, fmt::format("nothing of {} arrived in its last {:.1f} s", name_, seconds(*end.quiet)));
  ended_ = true;
  changed_.notify_all();
}

void ChunkLog::tell_missing(std::optional<Timestamp> again) {
  const auto m = *std::exchange(missing_, std::nullopt);
  std::string what;
  if (m.count == 1)
    what = fmt::format("chunk {} of {} never arrived", m.first, name_);
  else if (m.count == m.last - m.first + 1)
    what = fmt::format("chunks {} to {} of {} never arrived", m.first, m.last, name_);
  else if (m.count > 0)
    what = fmt::format("{} of the chunks {} to {} of {} never arrived", m.count, m.first, m.last, name_);
  if (m.damaged)
    what += m.count > 0 ? ", and some arrived damaged" : fmt::format("{} arrived damaged", name_);
  what += again ? fmt::format("; {:.1f} s could not be read", seconds(*again - m.begin))
                : "; nothing after it could be read";
  tell(m.begin, again.value_or(at_), std::move(what));
}

void ChunkLog::tell_pause(const PauseWatch::Pause& pause) {
  tell(pause.at, pause.at,
       fmt::format(
           "{:.1f} s passed here that are not on {}: {}", seconds(pause.length), name_,
           pause.restarted ? "the recorder was started anew" : "the recorder was paused, or stood still"));
}

/// With the lock.
void ChunkLog::tell(Timestamp begin, Timestamp end, std::string because) {
  if (ended_) return;
  if (flags_.size() >= most_flags) {
    auto& last = flags_.back();
    last.end = std::max(last.end, end);
    last.evidence_end = last.end + 5s;
    ++last.count;
    return;
  }
  Flag flag;
  flag.what = "gap";
  flag.kind = FlagKind::technical;
  flag.begin = begin;
  flag.end = std::max(begin, end);
  flag.because = std::move(because);
  flag.evidence_begin = std::max(Timestamp{}, begin - 5s);
  flag.evidence_end = flag.end + 5s;
  flags_.push_back(std::move(flag));
  changed_.notify_all();
}

std::optional<Flag> ChunkLog::next_flag(const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  const auto ready = [&] { return !flags_.empty() || ended_; };
  changed_.wait(lock, stop, ready);
  if (flags_.empty()) return std::nullopt;
  auto flag = std::move(flags_.front());
  flags_.pop_front();
  return flag;
}

}  // namespace invigil::media
