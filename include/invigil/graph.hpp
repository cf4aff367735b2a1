// The part of a session that does not depend on what flows through it. For `Session` and `Stream` only.
#pragma once

#include <invigil/export.hpp>
#include <invigil/time.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace invigil {
struct WireStatistics;
}

namespace invigil::detail {

/// Counts what goes over one wire; read by any thread while the session runs.
struct WireCounter {
  std::string from;
  std::atomic<std::uint64_t> items{0};
  std::atomic<std::uint64_t> dropped{0};
  std::atomic<std::int64_t> last{0};
};

/// Owns nodes and threads.
class INVIGIL_API Graph {
 public:
  Graph();
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// Keeps a node until the session is gone. Throws `Error{closed}` once the session has run.
  void keep(std::shared_ptr<void> node);
  /// The node that serialises all wires into the sink at this address; empty until one is set.
  [[nodiscard]] std::shared_ptr<void>& node_of(const void* sink);
  [[nodiscard]] WireCounter& count(std::string from);

  /// A source's thread. What it throws ends the session.
  void add_source(std::function<void(std::stop_token)> loop, bool live);
  /// A buffer's thread: ends by itself once its input has ended.
  void add_worker(std::function<void()> loop);

  void run(std::optional<Duration> limit);
  void stop() noexcept;
  /// Sources end at the first item from here on.
  [[nodiscard]] Timestamp limit() const;
  [[nodiscard]] std::vector<WireStatistics> statistics() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::detail
