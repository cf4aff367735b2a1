// The three kinds of building blocks: what gives, what transforms, what takes.
#pragma once

#include <invigil/time.hpp>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace invigil {

/// Hands an output of a stage on to whoever takes it.
template <class T>
using Emit = std::function<void(T)>;

/// Gives items in time order, on a thread of its own.
template <class T>
class Source {
 public:
  using value_type = T;
  virtual ~Source() = default;
  /// The next item, or nothing at the end or when `stop` was requested: at once, or after what was taken
  /// before that. Blocks no longer than a second after a request to stop. Throws `Error`.
  virtual std::optional<T> read(std::stop_token stop) = 0;
  /// True for devices: their items come when they come, and a time limit also counts on the wall.
  [[nodiscard]] virtual bool live() const { return false; }
  /// True when items come rarely and at any moment, like live platform events: `merge` does not wait for
  /// them.
  [[nodiscard]] virtual bool sparse() const { return false; }
  /// Shown in statistics.
  [[nodiscard]] virtual std::string name() const { return "source"; }
};

/// Turns each item into none, one or more others. Runs on the thread of whoever feeds it, never concurrently.
template <class In, class Out>
class Stage {
 public:
  using input_type = In;
  using output_type = Out;
  virtual ~Stage() = default;
  virtual void process(In item, const Emit<Out>& emit) = 0;
  /// The input has ended: emit what is still held back. Called once.
  virtual void finish(const Emit<Out>& emit) { (void)emit; }
  /// The latest time before which no output can come any more, given that the input has reached `seen`.
  /// A stage that holds items back says how far; `merge` waits for it.
  [[nodiscard]] virtual Timestamp horizon(Timestamp seen) const { return seen; }
  [[nodiscard]] virtual std::string name() const { return "stage"; }
};

/// Takes items. Never called concurrently.
template <class T>
class Sink {
 public:
  using value_type = T;
  virtual ~Sink() = default;
  virtual void write(T item) = 0;
  /// No more items will come. Called once per session, when the last wire to this sink has ended.
  virtual void close() {}
  [[nodiscard]] virtual std::string name() const { return "sink"; }
};

/// Keeps everything it is given. Read `items` after the session has run.
template <class T>
class Collect final : public Sink<T> {
 public:
  void write(T item) override { items.push_back(std::move(item)); }
  [[nodiscard]] std::string name() const override { return "collect"; }
  std::vector<T> items;
};

/// Gives the items of a vector: for experiments and tests.
template <class T>
class Feed final : public Source<T> {
 public:
  explicit Feed(std::vector<T> items) : items_(std::move(items)) {}
  std::optional<T> read(std::stop_token stop) override {
    if (stop.stop_requested() || next_ == items_.size()) return std::nullopt;
    return std::move(items_[next_++]);
  }
  [[nodiscard]] std::string name() const override { return "feed"; }

 private:
  std::vector<T> items_;
  std::size_t next_ = 0;
};

/// Runs one stage over a vector and returns what comes out, without a session: feed -> stage -> vector.
template <class S>
[[nodiscard]] std::vector<typename S::output_type> run_stage(S& stage,
                                                             std::vector<typename S::input_type> items) {
  std::vector<typename S::output_type> out;
  const Emit<typename S::output_type> emit = [&](typename S::output_type item) {
    out.push_back(std::move(item));
  };
  for (auto& item : items) stage.process(std::move(item), emit);
  stage.finish(emit);
  return out;
}

/// When an item happened: the order in which `merge` puts items. A flag counts from its end, since only then
/// is it complete.
template <class T>
[[nodiscard]] Timestamp media_time(const T& item) {
  if constexpr (requires { item.time(); }) {
    return item.time();
  } else if constexpr (requires { item.time; }) {
    return item.time;
  } else {
    return item.end;
  }
}

}  // namespace invigil
