// Joins two wires in order of media time, whatever the threads do.
#pragma once

#include <invigil/node.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace invigil::detail {

/// Holds an item back until neither input can give an earlier one (a watermark join). Items of equal time
/// come out in the order of the inputs, so the result depends on the media alone.
template <class T>
class MergeNode {
 public:
  explicit MergeNode(std::shared_ptr<Wire<T>> out) : out_(std::move(out)) {}

  void push(std::size_t input, T item) {
    const std::lock_guard lock{mutex_};
    auto& pending = inputs_[input].pending;
    const auto later = [](Timestamp t, const T& x) { return t < media_time(x); };
    pending.insert(std::upper_bound(pending.begin(), pending.end(), media_time(item), later),
                   std::move(item));
    release();
  }
  void advance(std::size_t input, Timestamp time) {
    const std::lock_guard lock{mutex_};
    inputs_[input].reached = std::max(inputs_[input].reached, time);
    release();
    out_->advance(std::min(inputs_[0].reached, inputs_[1].reached));
  }
  void end(std::size_t input) {
    const std::lock_guard lock{mutex_};
    inputs_[input].reached = Timestamp::max();
    inputs_[input].ended = true;
    release();
    if (inputs_[0].ended && inputs_[1].ended) out_->end();
  }

  /// One of the two ends that a wire is attached to.
  class Input final : public Inlet<T> {
   public:
    Input(std::shared_ptr<MergeNode> node, std::size_t index) : node_(std::move(node)), index_(index) {}
    void push(T item) override { node_->push(index_, std::move(item)); }
    void advance(Timestamp time) override { node_->advance(index_, time); }
    void end() override { node_->end(index_); }

   private:
    std::shared_ptr<MergeNode> node_;
    std::size_t index_;
  };

 private:
  struct State {
    std::deque<T> pending;
    Timestamp reached = Timestamp::min();
    bool ended = false;
  };
  [[nodiscard]] bool ready(std::size_t input) const {
    const Timestamp t = media_time(inputs_[input].pending.front());
    const auto& other = inputs_[1 - input];
    // The first input goes first on a tie, so the second must wait until the first has passed that time.
    const bool other_passed = input == 0 ? other.reached >= t : other.reached > t || other.ended;
    return inputs_[input].reached >= t && other_passed;
  }
  [[nodiscard]] std::size_t earliest() const {
    if (inputs_[0].pending.empty()) return 1;
    if (inputs_[1].pending.empty()) return 0;
    return media_time(inputs_[1].pending.front()) < media_time(inputs_[0].pending.front()) ? 1 : 0;
  }
  void release() {
    for (;;) {
      const std::size_t next = earliest();
      if (inputs_[next].pending.empty() || !ready(next)) return;
      T item = std::move(inputs_[next].pending.front());
      inputs_[next].pending.pop_front();
      out_->push(std::move(item));
    }
  }

  std::shared_ptr<Wire<T>> out_;
  std::mutex mutex_;
  std::array<State, 2> inputs_;
};

}  // namespace invigil::detail
