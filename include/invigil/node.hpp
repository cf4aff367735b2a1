// The nodes of a graph: how items, their time and their end travel from one to the next.
#pragma once

#include <invigil/graph.hpp>
#include <invigil/stream.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace invigil::detail {

/// Where items arrive. `advance(t)` promises that no item earlier than `t` will come; `end()` that none at
/// all will, and comes exactly once, also after a failure, so that everything downstream can finish what it
/// has.
template <class T>
class Inlet {
 public:
  virtual ~Inlet() = default;
  virtual void push(T item) = 0;
  virtual void advance(Timestamp time) = 0;
  virtual void end() = 0;
};

/// Fans out to every inlet that was attached. Copies are cheap: what flows here shares its pixels and
/// samples.
template <class T>
class Wire final : public Inlet<T> {
 public:
  explicit Wire(WireCounter& counter) : counter_(counter) {}
  void attach(std::shared_ptr<Inlet<T>> inlet) { inlets_.push_back(std::move(inlet)); }

  void push(T item) override {
    counter_.items.fetch_add(1, std::memory_order_relaxed);
    counter_.last.store(media_time(item).time_since_epoch().count(), std::memory_order_relaxed);
    for (std::size_t i = 0; i + 1 < inlets_.size(); ++i) inlets_[i]->push(item);
    if (!inlets_.empty()) inlets_.back()->push(std::move(item));
  }
  void advance(Timestamp time) override {
    for (auto& inlet : inlets_) inlet->advance(time);
  }
  void end() override {
    std::exception_ptr first;  // the others end all the same
    for (auto& inlet : inlets_) {
      try {
        inlet->end();
      } catch (...) {
        if (!first) first = std::current_exception();
      }
    }
    if (first) std::rethrow_exception(first);
  }
  [[nodiscard]] WireCounter& counter() { return counter_; }

 private:
  WireCounter& counter_;
  std::vector<std::shared_ptr<Inlet<T>>> inlets_;
};

/// Runs a stage on the thread of whoever feeds it.
template <class In, class Out>
class StageNode final : public Inlet<In> {
 public:
  StageNode(std::unique_ptr<Stage<In, Out>> stage, std::shared_ptr<Wire<Out>> out)
      : stage_(std::move(stage)),
        out_(std::move(out)),
        emit_([w = out_.get()](Out item) { w->push(std::move(item)); }) {}

  void push(In item) override {
    usable_ = false;  // a stage that threw is not asked to finish
    stage_->process(std::move(item), emit_);
    usable_ = true;
  }
  void advance(Timestamp time) override { out_->advance(stage_->horizon(time)); }
  void end() override {
    std::exception_ptr failure;
    try {
      if (usable_) stage_->finish(emit_);
    } catch (...) {
      failure = std::current_exception();
    }
    out_->end();
    if (failure) std::rethrow_exception(failure);
  }

 private:
  std::unique_ptr<Stage<In, Out>> stage_;
  std::shared_ptr<Wire<Out>> out_;
  Emit<Out> emit_;
  bool usable_ = true;
};

/// Serialises all wires into one sink, and closes it when the last of them has ended.
template <class T>
class SinkNode final : public Inlet<T> {
 public:
  explicit SinkNode(Sink<T>& sink) : sink_(sink) {}
  void add_wire() { ++open_; }
  void push(T item) override {
    const std::lock_guard lock{mutex_};
    if (!usable_) return;  // the failure was thrown already and ends the session
    usable_ = false;
    sink_.write(std::move(item));
    usable_ = true;
  }
  void advance(Timestamp /*time*/) override {}
  void end() override {
    const std::lock_guard lock{mutex_};
    if (--open_ == 0 && usable_) sink_.close();
  }

 private:
  std::mutex mutex_;
  Sink<T>& sink_;
  int open_ = 0;
  bool usable_ = true;
};

/// Whether an item is of the session; what has a beginning and an end is cut where the session ends.
template <class T>
bool within(T& item, Timestamp limit) {
  if constexpr (requires { item.begin, item.end; }) {
    item.end = std::min(item.end, limit);
    return item.begin < limit;
  } else {
    return media_time(item) < limit;
  }
}

/// A source's thread. However it stops, the wire ends, so that what was given so far is finished downstream.
template <class T>
void pump(Source<T>& source, Wire<T>& wire, const Graph& graph, const std::stop_token& stop) {
  std::exception_ptr failure;
  try {
    if (source.sparse()) wire.advance(Timestamp::max());
    while (auto item = source.read(stop)) {
      if (!within(*item, graph.limit())) break;
      const Timestamp time = media_time(*item);
      wire.push(std::move(*item));
      wire.advance(time);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  try {
    wire.end();
  } catch (...) {
    if (!failure) throw;
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace invigil::detail
