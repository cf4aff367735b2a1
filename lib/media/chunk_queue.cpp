#include "media/chunk_queue.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace invigil::media {

using namespace std::chrono_literals;

namespace {

/// Of a chunk that is kept, beside its bytes.
constexpr std::size_t keeping = 256;
/// Retries come soon after; older chunks count as doubled, whatever they hold.
constexpr std::size_t remembered = 1024;

ChunkOptions checked(ChunkOptions options) {
  const auto refuse = [](const char* what) { throw Error(Errc::argument, "Chunks", what); };
  if (options.wait < 0s || options.timeout <= 0s)
    refuse("a wait is 0 s or longer, and a timeout longer than that");
  if (options.most_bytes < 4 * keeping) refuse("most_bytes leaves no room for a chunk; give some megabytes");
  // Beyond this the clock could not count.
  options.wait = std::min<Duration>(options.wait, 24h);
  options.timeout = std::min<Duration>(options.timeout, 24h * 365);
  return options;
}

std::size_t hash_of(std::span<const std::byte> bytes) {
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

ChunkQueue::ChunkQueue(const ChunkOptions& options)
    : options_(checked(options)), due_(options.first), missing_(options.first), highest_(options.first) {}

bool ChunkQueue::push(std::uint64_t number, std::span<const std::byte> bytes, std::optional<Duration> at) {
  const auto now = std::chrono::steady_clock::now();
  const auto cost = bytes.size() + keeping;
  if (cost > options_.most_bytes / 2)
    throw Error(Errc::argument, options_.name,
                fmt::format("chunk {} has {} bytes, more than fit; let the recorder give smaller ones",
                            number, bytes.size()));
  const auto hash = hash_of(bytes);
  const std::lock_guard lock{mutex_};
  if (stopped_) throw Error(Errc::closed, options_.name, "it is not being read any more");
  if (final_ || (end_ && number >= *end_))
    throw Error(Errc::closed, options_.name, fmt::format("chunk {} came after its end", number));
  came_ = now;
  if (number < options_.first || known(number, bytes, hash)) return false;
  if (number > missing_ && number - missing_ > options_.furthest)
    throw Error(Errc::argument, options_.name,
                fmt::format("chunk {} is far ahead of {}, which is due", number, missing_));
  make_sure_of_room(number, cost);
  waiting_.emplace(number,
                   Chunk{{bytes.begin(), bytes.end()}, at.value_or(now.time_since_epoch()), now, hash});
  held_ += cost;
  ++counted_.received;
  counted_.bytes += bytes.size();
  if (number < highest_) ++counted_.reordered;
  highest_ = std::max(highest_, number + 1);
  while (waiting_.contains(missing_)) ++missing_;
  if (number != due_ && !gap_since_) look_for_gap();
  changed_.notify_all();
  return true;
}

/// Whether a chunk came before, or was given up; counts it then.
bool ChunkQueue::known(std::uint64_t number, std::span<const std::byte> bytes, std::size_t hash) {
  const auto within = [&](const auto& run) { return run.first <= number && number <= run.second; };
  if (std::any_of(lost_.begin(), lost_.end(), within)) {
    ++counted_.late;
    return true;
  }
  const auto waiting = waiting_.find(number);
  if (number >= due_ && waiting == waiting_.end()) return false;
  ++counted_.doubled;
  const auto given = given_.find(number);
  const bool differs = waiting != waiting_.end() ? !std::ranges::equal(waiting->second.bytes, bytes)
                                                 : given != given_.end() && given->second != hash;
  if (differs) ++counted_.differing;
  return true;
}

/// Those that wait for an earlier one leave it half of the room, so that it fits whatever came before.
void ChunkQueue::make_sure_of_room(std::uint64_t number, std::size_t cost) const {
  const auto room = number == missing_ ? options_.most_bytes : options_.most_bytes / 2;
  if (held_ + cost <= room) return;
  throw Error(
      Errc::io, options_.name,
      fmt::format("no room for chunk {}: {} bytes wait to be read, or for chunk {}; send it again in a "
                  "moment",
                  number, held_, missing_));
}

void ChunkQueue::end() {
  const std::lock_guard lock{mutex_};
  if (final_) return;
  final_ = true;
  end_ = std::max(highest_, due_);
  if (!ended_) ended_ = std::chrono::steady_clock::now();
  changed_.notify_all();
}

void ChunkQueue::end(std::uint64_t last) {
  const std::lock_guard lock{mutex_};
  if (end_) return;
  if (last + 1 < std::max(highest_, due_) || last == UINT64_MAX)
    throw Error(Errc::argument, options_.name,
                fmt::format("cannot end with chunk {}: chunk {} came", last, std::max(highest_, due_) - 1));
  if (last >= missing_ && last - missing_ > options_.furthest)
    throw Error(
        Errc::argument, options_.name,
        fmt::format("cannot end with chunk {}, which is far ahead of {}, which is due", last, missing_));
  end_ = last + 1;
  ended_ = std::chrono::steady_clock::now();
  look_for_gap();
  changed_.notify_all();
}

void ChunkQueue::stop() noexcept {
  const std::lock_guard lock{mutex_};
  stopped_ = true;
  waiting_.clear();
  held_ = 0;
  changed_.notify_all();
}

ChunkQueue::Next ChunkQueue::next() {
  std::unique_lock lock{mutex_};
  if (!asked_) asked_ = std::chrono::steady_clock::now();
  for (;;) {
    if (stopped_) throw Error(Errc::closed, options_.name, "reading was stopped");
    const auto now = std::chrono::steady_clock::now();
    if (auto next = ready(now)) return std::move(*next);
    auto until = gap_since_ ? *gap_since_ + options_.wait
                            : std::max(*asked_, came_.value_or(*asked_)) + options_.timeout;
    if (!gap_since_ && now >= until)
      throw Error(Errc::io, options_.name,
                  fmt::format("nothing came for {:g} s; is its page still open?", seconds(options_.timeout)));
    changed_.wait_until(lock, until);
  }
}

std::optional<ChunkQueue::Next> ChunkQueue::ready(Moment now) {
  const auto chunk = waiting_.begin();
  if (chunk != waiting_.end() && chunk->first == due_) return give(chunk);
  const auto until = chunk != waiting_.end() ? std::optional{chunk->first} : end_;
  if (until && *until <= due_) return Next{};
  if (!until || !(final_ || (gap_since_ && now >= *gap_since_ + options_.wait))) return std::nullopt;
  return give_up(*until);
}

ChunkQueue::Next ChunkQueue::give(std::map<std::uint64_t, Chunk>::iterator chunk) {
  Next next{std::move(chunk->second), {}};
  waiting_.erase(chunk);
  held_ -= next.chunk->bytes.size() + keeping;
  given_[due_++] = next.chunk->hash;
  if (given_.size() > remembered) given_.erase(given_.begin());
  look_for_gap();
  return next;
}

ChunkQueue::Next ChunkQueue::give_up(std::uint64_t end) {
  const auto run = std::pair{due_, end - 1};
  lost_.push_back(run);
  if (lost_.size() > remembered) lost_.pop_front();
  counted_.lost += end - due_;
  due_ = missing_ = end;
  while (waiting_.contains(missing_)) ++missing_;
  look_for_gap();
  return {{}, run};
}

/// A gap is there from the moment on at which the first chunk beyond it came.
void ChunkQueue::look_for_gap() {
  gap_since_.reset();
  if (waiting_.contains(due_)) return;
  if (end_ && due_ < *end_) gap_since_ = ended_;
  for (const auto& [number, chunk] : waiting_)
    if (!gap_since_ || chunk.came < *gap_since_) gap_since_ = chunk.came;
}

ChunkStatistics ChunkQueue::statistics() const {
  const std::lock_guard lock{mutex_};
  auto counted = counted_;
  counted.waiting = held_;
  return counted;
}

std::optional<Duration> ChunkQueue::quiet() const {
  const std::lock_guard lock{mutex_};
  if (!came_) return std::nullopt;
  return ended_.value_or(std::chrono::steady_clock::now()) - *came_;
}

}  // namespace invigil::media
