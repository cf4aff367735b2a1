// Threads of a session: one a source, one a buffer; the first failure stops all.
#include "stream/test_limit.hpp"

#include <invigil/error.hpp>
#include <invigil/session.hpp>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace invigil {

namespace detail {

struct Graph::Impl {
  struct SourceLoop {
    std::function<void(std::stop_token)> loop;
    bool live;
  };
  std::vector<std::shared_ptr<void>> nodes;
  std::map<const void*, std::shared_ptr<void>> sinks;
  mutable std::mutex counters_mutex;
  std::deque<WireCounter> counters;  // a deque: the nodes hold references
  std::vector<SourceLoop> sources;
  std::vector<std::function<void()>> workers;
  std::stop_source stop;
  Timestamp limit = Timestamp::max();
  std::mutex failure_mutex;
  std::exception_ptr failure;
  bool ran = false;

  void fail(std::exception_ptr e) {
    {
      const std::lock_guard lock{failure_mutex};
      if (!failure) failure = std::move(e);
    }
    stop.request_stop();
  }
  template <class F>
  void guarded(F&& f) {
    try {
      f();
    } catch (...) {
      fail(std::current_exception());
    }
  }
  void run_threads(std::optional<Duration> wall_limit);
};

namespace {

/// Requests a stop once `limit` has passed on the wall, unless the session ends before.
class WallTimer {
 public:
  WallTimer(Duration limit, std::stop_source& session)
      : thread_([this, limit, &session](const std::stop_token& done) {
          std::unique_lock lock{mutex_};
          if (!changed_.wait_for(lock, done, limit, [] { return false; }) && !done.stop_requested())
            session.request_stop();
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;  // last: joins before what it uses is gone
};

}  // namespace

void Graph::Impl::run_threads(std::optional<Duration> wall_limit) {
  std::optional<WallTimer> timer;
  std::vector<std::jthread> worker_threads, source_threads;
  for (auto& w : workers) worker_threads.emplace_back([this, &w] { guarded(w); });
  for (auto& s : sources)
    source_threads.emplace_back([this, &s] { guarded([&] { s.loop(stop.get_token()); }); });
  if (wall_limit) timer.emplace(*wall_limit, stop);
  source_threads.clear();  // joins; their wires have ended, so the workers end too
  worker_threads.clear();
}

Graph::Graph() : impl_(std::make_unique<Impl>()) {}
Graph::~Graph() = default;

void Graph::keep(std::shared_ptr<void> node) {
  if (impl_->ran) throw Error(Errc::closed, "Session", "has run already; wire it up before run()");
  impl_->nodes.push_back(std::move(node));
}

std::shared_ptr<void>& Graph::node_of(const void* sink) { return impl_->sinks[sink]; }

WireCounter& Graph::count(std::string from) {
  const std::lock_guard lock{impl_->counters_mutex};
  auto& counter = impl_->counters.emplace_back();
  counter.from = std::move(from);
  return counter;
}

void Graph::add_source(std::function<void(std::stop_token)> loop, bool live) {
  impl_->sources.push_back({std::move(loop), live});
}

void Graph::add_worker(std::function<void()> loop) { impl_->workers.push_back(std::move(loop)); }

void Graph::run(std::optional<Duration> limit) {
  if (impl_->ran) throw Error(Errc::closed, "Session", "runs only once");
  impl_->ran = true;
  limit = with_test_limit(limit);
  if (limit) impl_->limit = Timestamp{*limit};
  bool live = false;
  for (const auto& s : impl_->sources) live = live || s.live;
  // A device that stalls gives no item that could reach the limit. One second more, so that one that works
  // ends on its own clock.
  const auto wall = limit && live ? std::optional<Duration>{*limit + std::chrono::seconds{1}} : std::nullopt;
  impl_->run_threads(wall);
  if (impl_->failure) std::rethrow_exception(impl_->failure);
}

void Graph::stop() noexcept { impl_->stop.request_stop(); }

Timestamp Graph::limit() const { return impl_->limit; }

std::vector<WireStatistics> Graph::statistics() const {
  const std::lock_guard lock{impl_->counters_mutex};
  std::vector<WireStatistics> all;
  for (const auto& c : impl_->counters)
    all.push_back({c.from, c.items.load(), c.dropped.load(), Timestamp{Duration{c.last.load()}}});
  return all;
}

}  // namespace detail

Session::Session() : graph_(std::make_unique<detail::Graph>()) {}
Session::~Session() = default;
void Session::run() { graph_->run(std::nullopt); }
void Session::run_for(Duration limit) { graph_->run(limit); }
void Session::stop() noexcept { graph_->stop(); }
std::vector<WireStatistics> Session::statistics() const { return graph_->statistics(); }

}  // namespace invigil
