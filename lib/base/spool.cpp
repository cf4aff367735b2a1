#include "base/spool_store.hpp"

#include <invigil/spool.hpp>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace invigil {

namespace {

/// A server's wish is heeded up to this; beyond it, asking again is no burden.
constexpr std::chrono::hours longest_heeded{1};

SpoolOptions checked(SpoolOptions options) {
  const auto check = [](bool holds, const char* what) {
    if (!holds) throw Error(Errc::argument, "SpoolOptions", what);
  };
  check(options.most_stored >= std::uint64_t{1} << 20, "most_stored must be at least 1 MiB");
  check(options.most_sent >= 1, "most_sent must be at least 1");
  check(options.first_wait > Duration{}, "first_wait must be more than 0");
  check(options.longest_wait >= options.first_wait, "longest_wait must be at least first_wait");
  check(options.drain >= Duration{}, "drain must not be negative");
  return options;
}

}  // namespace

// Note [one lock]: `state` guards all that follows it. It is never held while the transport is called, nor
// while waiting, so that a connection that hangs holds up neither writing nor `statistics`.
struct Spool::Impl {
  Impl(const std::filesystem::path& folder, SpoolStore::Mode mode, std::unique_ptr<Transport> to,
       SpoolOptions wanted)
      : transport(std::move(to)), options(checked(std::move(wanted))), store(folder, mode) {
    if (!transport) throw Error(Errc::argument, "Spool", "there is no transport");
    acknowledged = store.begin();
    wake_to = store.end();
    ended = mode == SpoolStore::Mode::resume;
    sender = std::jthread([this](std::stop_token stop) { run(stop); });
  }
  ~Impl() { stop(); }

  void stop() {
    sender.request_stop();
    if (sender.joinable()) sender.join();
  }

  // ---- the sender's thread

  void run(const std::stop_token& stop_wanted) {
    for (std::uint64_t in_a_row = 0; await_work(stop_wanted);) {
      try {
        work();
        in_a_row = 0;
      } catch (const TryLater& e) {
        note(e);
        pause(std::clamp<Duration>(e.wait(), {}, longest_heeded) + jitter(0), stop_wanted);
        ++in_a_row;
      } catch (const Error& e) {
        if (e.code() != Errc::io) return give_up(e.what());
        note(e);
        pause(jitter(in_a_row++), stop_wanted);
      } catch (const std::exception& e) {
        return give_up(e.what());
      } catch (...) {
        return give_up("failed in an unknown way");
      }
    }
  }

  [[nodiscard]] bool has_work() const { return wake_to > acknowledged || (ended && !finished); }

  /// False when asked to stop.
  bool await_work(const std::stop_token& stop_wanted) {
    std::unique_lock lock{state};
    return changed.wait(lock, stop_wanted, [&] { return has_work(); }) && !stop_wanted.stop_requested();
  }

  /// One request: asks how far the other end is when that is not known, else sends, else finishes.
  void work() {
    if (!known) {
      accept(transport->acknowledged(), true);
      known = true;
    } else if (const auto [offset, bytes] = next(); !bytes.empty()) {
      known = false;  // until its answer is here
      const auto now = transport->send(offset, bytes);
      if (now <= offset) throw Error(Errc::io, transport->name(), "took nothing");
      accept(now, false);
      known = true;
    } else {
      const auto size = end();
      transport->finish(size);
      const std::lock_guard lock{state};
      finished = true;
    }
    const std::lock_guard lock{state};
    last_failure.clear();
    changed.notify_all();
  }

  [[nodiscard]] std::uint64_t end() const {
    const std::lock_guard lock{state};
    return store.end();
  }

  std::pair<std::uint64_t, std::span<const std::byte>> next() {
    const std::lock_guard lock{state};
    if (acknowledged >= store.end()) return {acknowledged, {}};
    buffer.resize(options.most_sent);
    return {acknowledged, std::span{buffer}.first(store.read(acknowledged, buffer))};
  }

  /// `asked`: the other end was only asked. It may then have less than it once said, which is made good as
  /// far as that still lies here.
  void accept(std::uint64_t now, bool asked) {
    const std::lock_guard lock{state};
    if (now > store.end())
      throw Error(Errc::tampered, transport->name(),
                  fmt::format("has {} bytes of which only {} were written here: it is another upload", now,
                              store.end()));
    if (now < (asked ? store.begin() : acknowledged))
      throw Error(Errc::truncated, transport->name(),
                  fmt::format("has {} bytes, but had acknowledged {}, which were then deleted here", now,
                              acknowledged));
    acknowledged = now;
    store.drop_before(now);
  }

  void note(const Error& e) {
    const std::lock_guard lock{state};
    known = false;
    last_failure = e.what();
    ++failures;
  }

  Duration jitter(std::uint64_t in_a_row) {
    const int doublings = static_cast<int>(std::min<std::uint64_t>(in_a_row, 60));
    const double most =
        std::min(seconds(options.longest_wait), std::ldexp(seconds(options.first_wait), doublings));
    return duration_from_seconds(std::uniform_real_distribution<double>{0.0, most}(random));
  }

  void pause(Duration wait, const std::stop_token& stop_wanted) {
    if (options.wait) return options.wait(wait, stop_wanted);
    std::mutex own;
    std::unique_lock lock{own};
    std::condition_variable_any never;
    never.wait_for(lock, stop_wanted, wait, [] { return false; });
  }

  void give_up(const char* why) {
    const std::lock_guard lock{state};
    ++failures;
    last_failure = why;
    given_up = true;
    changed.notify_all();
  }

  // ---- the writer's thread

  void check_usable() const {
    if (failed) throw Error(Errc::closed, name(), "an earlier write failed");
    if (ended) throw Error(Errc::closed, name(), "is closed");
  }

  [[nodiscard]] bool has_room(std::uint64_t bytes) const {
    return store.end() - acknowledged + bytes <= options.most_stored;
  }

  [[nodiscard]] std::string name() const { return store.folder().string(); }

  [[nodiscard]] std::string why_waiting() const {
    return last_failure.empty() ? transport->name() + " is slow" : last_failure;
  }

  void throw_what_is_left() const {
    throw Error(
        Errc::io, name(),
        fmt::format("{} of {} bytes are not acknowledged ({}); they stay in this folder, to be resumed",
                    store.end() - acknowledged, store.end(), why_waiting()));
  }

  std::unique_ptr<Transport> transport;
  SpoolOptions options;
  mutable std::mutex state;
  std::condition_variable_any changed;
  SpoolStore store;
  std::uint64_t acknowledged = 0;
  std::uint64_t wake_to = 0;  ///< Bytes up to here are to be sent now.
  std::uint64_t failures = 0;
  std::string last_failure;
  bool ended = false;     ///< Nothing will be added.
  bool finished = false;  ///< All was acknowledged, and the other end knows that it is all.
  bool given_up = false;
  bool failed = false;
  bool done = false;
  // The sender's own.
  bool known = false;  ///< What the other end has.
  std::vector<std::byte> buffer;
  std::mt19937_64 random{std::random_device{}()};
  std::jthread sender;
};

Spool::Spool(const std::filesystem::path& folder, std::unique_ptr<Transport> transport, SpoolOptions options)
    : impl_(std::make_unique<Impl>(folder, SpoolStore::Mode::create, std::move(transport),
                                   std::move(options))) {}
Spool::Spool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Spool::~Spool() = default;

std::unique_ptr<Spool> Spool::resume(const std::filesystem::path& folder,
                                     std::unique_ptr<Transport> transport, SpoolOptions options) {
  return std::unique_ptr<Spool>(new Spool(
      std::make_unique<Impl>(folder, SpoolStore::Mode::resume, std::move(transport), std::move(options))));
}

void Spool::write(std::span<const std::byte> bytes) {
  const std::lock_guard lock{impl_->state};
  impl_->check_usable();
  impl_->failed = true;  // until it is written
  if (!impl_->has_room(bytes.size()))
    throw Error(
        Errc::io, name(),
        fmt::format("holds {} bytes that are not acknowledged, and may hold {} ({}); let it hold more, or "
                    "restore the connection",
                    impl_->store.end() - impl_->acknowledged, impl_->options.most_stored,
                    impl_->why_waiting()));
  impl_->store.append(bytes);
  impl_->failed = false;
  if (impl_->store.end() - impl_->acknowledged < impl_->options.most_sent) return;
  impl_->wake_to = impl_->store.end();
  impl_->changed.notify_all();
}

void Spool::sync() {
  const std::lock_guard lock{impl_->state};
  impl_->check_usable();
  impl_->failed = true;
  impl_->store.sync();
  impl_->failed = false;
  impl_->wake_to = impl_->store.end();
  impl_->changed.notify_all();
}

bool Spool::reserve(std::uint64_t bytes) {
  const std::lock_guard lock{impl_->state};
  impl_->check_usable();
  return impl_->has_room(bytes) && impl_->store.has_space(bytes);
}

void Spool::close() {
  std::unique_lock lock{impl_->state};
  if (impl_->done) return;
  if (impl_->failed)
    throw Error(Errc::closed, name(), "an earlier write failed; what is here can be resumed");
  if (!std::exchange(impl_->ended, true)) {
    impl_->failed = true;
    impl_->store.complete();
    impl_->failed = false;
  }
  impl_->wake_to = impl_->store.end();
  impl_->changed.notify_all();
  impl_->changed.wait_for(lock, impl_->options.drain, [&] { return impl_->finished || impl_->given_up; });
  if (!impl_->finished) impl_->throw_what_is_left();
  lock.unlock();
  impl_->stop();
  impl_->store.remove();
  impl_->done = true;
}

std::string Spool::name() const { return impl_->name(); }

SpoolStatistics Spool::statistics() const {
  const std::lock_guard lock{impl_->state};
  return {.written = impl_->store.end(),
          .acknowledged = impl_->acknowledged,
          .stored = impl_->store.end() - impl_->store.begin(),
          .failures = impl_->failures,
          .last_failure = impl_->last_failure,
          .given_up = impl_->given_up};
}

}  // namespace invigil
