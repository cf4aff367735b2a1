// The graph: wires between sources, stages and sinks, and the session that owns and runs them.
#pragma once

#include <invigil/export.hpp>
#include <invigil/graph.hpp>
#include <invigil/stream.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace invigil {

template <class T>
class Stream;

/// What went over one wire.
struct WireStatistics {
  std::string from;           ///< The source or stage that feeds the wire.
  std::uint64_t items = 0;    ///< Given to the wire.
  std::uint64_t dropped = 0;  ///< Lost in the wire's own buffer, counted, never silently.
  Timestamp last{};           ///< Media time of the newest item.
};

/// Owns and runs a graph. Wire it up, run it once.
class INVIGIL_API Session {
 public:
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Takes a source, gives the wire that comes out of it. `Error{closed}` once the session has run.
  template <class S>
  auto add(S source) -> Stream<typename S::value_type>;
  template <class T>
  auto add(std::unique_ptr<Source<T>> source) -> Stream<T>;

  /// Runs until every source has ended or `stop()`. Rethrows the first failure of any thread, after all have
  /// stopped. `Error{closed}` when called twice.
  void run();
  /// The same, for at most this long: on the media's clock, and for live sources on the wall too.
  void run_for(Duration limit);
  /// Asks a running session to end: sources stop, what is under way is finished. From any thread.
  void stop() noexcept;
  /// One entry a wire, in order of creation. From any thread.
  [[nodiscard]] std::vector<WireStatistics> statistics() const;

  /// For `Stream` and for those who build stages of several inputs.
  [[nodiscard]] detail::Graph& graph() { return *graph_; }

 private:
  std::unique_ptr<detail::Graph> graph_;
};

}  // namespace invigil

#include <invigil/wire.hpp>
