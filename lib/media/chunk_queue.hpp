// Numbered chunks on their way from those who push them to the one who reads them in order.
#pragma once

#include <invigil/chunks.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace invigil::media {

class ChunkQueue {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  struct Chunk {
    std::vector<std::byte> bytes;
    Duration at{};  ///< As its pusher says.
    Moment came{};  ///< By our own clock.
    std::size_t hash = 0;
  };
  struct Next {
    std::optional<Chunk> chunk;                                   ///< The one that was due.
    std::optional<std::pair<std::uint64_t, std::uint64_t>> lost;  ///< Or those that were given up.
  };                                                              ///< Or neither: the end.

  explicit ChunkQueue(const ChunkOptions& options);

  bool push(std::uint64_t number, std::span<const std::byte> bytes, std::optional<Duration> at);
  void end();
  void end(std::uint64_t last);
  /// Nobody will read any more.
  void stop() noexcept;

  /// Waits. Throws `Error{io}` after the timeout, `Error{closed}` once stopped.
  [[nodiscard]] Next next();
  [[nodiscard]] ChunkStatistics statistics() const;
  /// How long nothing has come when it ended, or until now; none when nothing came at all.
  [[nodiscard]] std::optional<Duration> quiet() const;

 private:
  [[nodiscard]] bool known(std::uint64_t number, std::span<const std::byte> bytes, std::size_t hash);
  void make_sure_of_room(std::uint64_t number, std::size_t cost) const;
  [[nodiscard]] std::optional<Next> ready(Moment now);
  Next give(std::map<std::uint64_t, Chunk>::iterator chunk);
  Next give_up(std::uint64_t end);
  void look_for_gap();

  const ChunkOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Chunk> waiting_;
  std::size_t held_ = 0;                                      ///< Bytes, as `most_bytes` counts them.
  std::uint64_t due_;                                         ///< The next to give.
  std::uint64_t missing_;                                     ///< The first from there on that did not come.
  std::uint64_t highest_;                                     ///< Beyond all that came.
  std::map<std::uint64_t, std::size_t> given_;                ///< Hashes of the last that were given.
  std::deque<std::pair<std::uint64_t, std::uint64_t>> lost_;  ///< The last runs that were given up.
  std::optional<std::uint64_t> end_;                          ///< Beyond the last.
  bool final_ = false, stopped_ = false;
  std::optional<Moment> gap_since_, came_, asked_, ended_;
  ChunkStatistics counted_;
};

}  // namespace invigil::media
