// What asks for a closer look at the pictures.
#pragma once

#include <invigil/event.hpp>
#include <invigil/observation.hpp>
#include <invigil/stream.hpp>

#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace invigil::behaviour {

/// Thread-safe. What the pictures themselves give rise to comes on their own thread, and so in the same place
/// every time. How far sound and events are from them depends on threads: only live sources, which are seen
/// once, listen to those; a file must be looked at alike every time.
class Attention {
 public:
  void call(Timestamp time) {
    const auto now = time.time_since_epoch().count();
    auto before = called_.load(std::memory_order_relaxed);
    while (before < now && !called_.compare_exchange_weak(before, now, std::memory_order_relaxed)) {
    }
  }
  /// Somebody called for it within the second before `now`, or later.
  [[nodiscard]] bool called(Timestamp now) const {
    const auto last = called_.load(std::memory_order_relaxed);
    return last != never && now.time_since_epoch().count() - last < Duration{std::chrono::seconds{1}}.count();
  }

 private:
  static constexpr Duration::rep never = std::numeric_limits<Duration::rep>::min();
  std::atomic<Duration::rep> called_{never};
};

/// Passes everything on, and calls when somebody speaks or the exam page tells something.
template <class T>
class CallAttention final : public Stage<T, T> {
 public:
  explicit CallAttention(std::shared_ptr<Attention> attention) : attention_(std::move(attention)) {}
  void process(T item, const Emit<T>& emit) override {
    if (matters(item)) attention_->call(media_time(item));
    emit(std::move(item));
  }
  [[nodiscard]] std::string name() const override { return "call attention"; }

 private:
  static bool matters(const Speech& heard) { return heard.probability >= 0.5F; }
  static bool matters(const PlatformEvent& /*told*/) { return true; }

  std::shared_ptr<Attention> attention_;
};

}  // namespace invigil::behaviour
