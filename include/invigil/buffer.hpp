// A queue with a thread of its own behind it.
#pragma once

#include <invigil/freshness.hpp>
#include <invigil/node.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace invigil {

/// What a full buffer does with the next item.
enum class WhenFull {
  block,  ///< The producer waits: nothing is lost. For evidence.
  /// The oldest item is dropped and counted. For analysis of live sources. With a capacity of 1 or 2, a
  /// reader that is behind gets the newest alone, until it has caught up: what it sees is never old.
  drop_oldest,
};

struct BufferOptions {
  /// Items held at most, at least 1. Default: 4.
  std::size_t capacity = 4;
  /// Default: block.
  WhenFull when_full = WhenFull::block;
};

namespace detail {

template <class T>
class BufferNode final : public Inlet<T> {
 public:
  BufferNode(BufferOptions options, std::shared_ptr<Wire<T>> out)
      : options_(options), out_(std::move(out)), freshness_(options.capacity) {}

  void push(T item) override {
    std::unique_lock lock{mutex_};
    if (options_.when_full == WhenFull::block) {
      space_.wait(lock, [&] { return held_ < options_.capacity || dead_; });
    } else if (held_ == options_.capacity) {
      drop_oldest();
    }
    if (dead_) {
      out_->counter().dropped.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    queue_.push_back({std::move(item), Timestamp::min()});
    ++held_;
    filled_.notify_one();
  }
  void advance(Timestamp time) override {
    const std::lock_guard lock{mutex_};
    if (queue_.empty()) queue_.push_back({});
    queue_.back().reached = std::max(queue_.back().reached, time);
    filled_.notify_one();
  }
  void end() override {
    const std::lock_guard lock{mutex_};
    ended_ = true;
    filled_.notify_one();
  }
  /// The thread: hands items on until the input has ended and the queue is empty.
  void drain() {
    try {
      while (auto entry = take()) hand_on(std::move(*entry));
    } catch (...) {
      die();
      end_quietly();
      throw;
    }
    out_->end();
  }

 private:
  struct Entry {
    std::optional<T> item;
    Timestamp reached = Timestamp::min();
  };
  void drop_oldest() {
    freshness_.lost();
    const auto oldest =
        std::find_if(queue_.begin(), queue_.end(), [](const Entry& e) { return e.item.has_value(); });
    const Timestamp reached = oldest->reached;  // the item goes, how far time has come stays
    const auto next = queue_.erase(oldest);
    if (next == queue_.end())
      queue_.push_back({std::nullopt, reached});
    else
      next->reached = std::max(next->reached, reached);
    --held_;
    out_->counter().dropped.fetch_add(1, std::memory_order_relaxed);
  }
  std::optional<Entry> take() {
    std::unique_lock lock{mutex_};
    freshness_.asked(held_);
    filled_.wait(lock, [&] { return !queue_.empty() || ended_; });
    if (queue_.empty()) return std::nullopt;
    while (held_ > 1 && freshness_.newest_alone()) drop_oldest();
    Entry entry = std::move(queue_.front());
    queue_.pop_front();
    if (entry.item) --held_;
    space_.notify_one();
    return entry;
  }
  void hand_on(Entry entry) {
    if (entry.item) out_->push(std::move(*entry.item));
    if (entry.reached != Timestamp::min()) out_->advance(entry.reached);
  }
  void die() {
    const std::lock_guard lock{mutex_};
    dead_ = true;  // nobody takes any more: the producer must not wait for space
    space_.notify_all();
  }
  void end_quietly() noexcept {
    try {
      out_->end();
    } catch (...) {  // the first failure is the one that counts
    }
  }

  BufferOptions options_;
  std::shared_ptr<Wire<T>> out_;
  std::mutex mutex_;
  std::condition_variable space_, filled_;
  std::deque<Entry> queue_;
  Freshness freshness_;
  std::size_t held_ = 0;
  bool ended_ = false;
  bool dead_ = false;
};

}  // namespace detail
}  // namespace invigil
