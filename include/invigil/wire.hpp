// `Stream<T>`: a typed wire of a session, and what can be attached to it.
#pragma once

#include <invigil/buffer.hpp>
#include <invigil/frame.hpp>
#include <invigil/merge.hpp>
#include <invigil/node.hpp>
#include <invigil/session.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace invigil {

namespace detail {

template <class S>
concept is_stage = requires {
  typename S::input_type;
  typename S::output_type;
}
&&std::derived_from<S, Stage<typename S::input_type, typename S::output_type>>;

template <class S>
concept is_sink = requires {
  typename S::value_type;
}
&&std::derived_from<S, Sink<typename S::value_type>>;

template <class Carried, class Wanted>
inline constexpr bool unredacted_leak = std::same_as<Carried, RawFrame> && !std::same_as<Wanted, RawFrame>;

}  // namespace detail

/// A wire that carries `T`. A light handle: the session owns what it names. Attach before the session runs.
template <class T>
class Stream {
 public:
  using value_type = T;
  Stream(detail::Graph& graph, std::shared_ptr<detail::Wire<T>> wire)
      : graph_(&graph), wire_(std::move(wire)) {}

  /// Puts a stage behind this wire and gives the wire that comes out. The session takes the stage over.
  template <class S>
  auto via(S&& stage) const {
    static_assert(!std::is_lvalue_reference_v<S>,
                  "a session owns its stages: hand the stage over with std::move");
    static_assert(detail::is_stage<std::remove_cvref_t<S>>, "via() takes a Stage<In, Out>");
    using In = typename std::remove_cvref_t<S>::input_type;
    using Out = typename std::remove_cvref_t<S>::output_type;
    static_assert(!detail::unredacted_leak<T, In>,
                  "a detector sees only frames in which document numbers are concealed: put "
                  ".via(RedactIdCard{}) before");
    static_assert(std::same_as<T, In>, "this stage does not take what this stream carries");
    return via(std::unique_ptr<Stage<In, Out>>{std::make_unique<std::remove_cvref_t<S>>(std::move(stage))});
  }
  template <class Out>
  Stream<Out> via(std::unique_ptr<Stage<T, Out>> stage) const {
    auto out = std::make_shared<detail::Wire<Out>>(graph_->count(stage->name()));
    attach(std::make_shared<detail::StageNode<T, Out>>(std::move(stage), out));
    return {*graph_, out};
  }

  /// Ends this wire in a sink, which must outlive the session's run. Several wires may share one sink.
  template <class S>
  void to(S&& sink) const {
    static_assert(std::is_lvalue_reference_v<S>,
                  "a sink must outlive the session: name it, a temporary is gone by then");
    static_assert(detail::is_sink<std::remove_cvref_t<S>>, "to() takes a Sink<T>");
    using In = typename std::remove_cvref_t<S>::value_type;
    static_assert(!detail::unredacted_leak<T, In> && !std::same_as<T, RawFrame>,
                  "a raw frame must not leave memory: put .via(RedactIdCard{}) before the sink");
    static_assert(std::same_as<T, In>, "this sink does not take what this stream carries");
    attach_sink(sink);
  }

  /// Continues on another thread, behind a queue.
  [[nodiscard]] Stream buffered(BufferOptions options = {}) const {
    options.capacity = std::max<std::size_t>(options.capacity, 1);
    auto out = std::make_shared<detail::Wire<T>>(graph_->count(wire_->counter().from + ", buffered"));
    auto node = std::make_shared<detail::BufferNode<T>>(options, out);
    attach(node);
    graph_->add_worker([node] { node->drain(); });
    return {*graph_, out};
  }

  /// Both wires' items in order of `media_time`; on a tie this stream's come first.
  [[nodiscard]] Stream merge(const Stream& other) const {
    auto out = std::make_shared<detail::Wire<T>>(
        graph_->count(wire_->counter().from + " + " + other.wire_->counter().from));
    auto node = std::make_shared<detail::MergeNode<T>>(out);
    attach(std::make_shared<typename detail::MergeNode<T>::Input>(node, 0));
    other.attach(std::make_shared<typename detail::MergeNode<T>::Input>(node, 1));
    return {*graph_, out};
  }

 private:
  void attach(std::shared_ptr<detail::Inlet<T>> inlet) const {
    graph_->keep(inlet);
    wire_->attach(std::move(inlet));
  }
  void attach_sink(Sink<T>& sink) const {
    auto& slot = graph_->node_of(&sink);
    if (!slot) slot = std::make_shared<detail::SinkNode<T>>(sink);
    auto node = std::static_pointer_cast<detail::SinkNode<T>>(slot);
    node->add_wire();
    attach(std::move(node));
  }

  template <class>
  friend class Stream;
  detail::Graph* graph_;
  std::shared_ptr<detail::Wire<T>> wire_;
};

template <class S>
auto Session::add(S source) -> Stream<typename S::value_type> {
  using T = typename S::value_type;
  static_assert(std::derived_from<S, Source<T>>, "add() takes a Source<T>");
  return add(std::unique_ptr<Source<T>>{std::make_unique<S>(std::move(source))});
}

template <class T>
auto Session::add(std::unique_ptr<Source<T>> source) -> Stream<T> {
  auto& graph = *graph_;
  auto wire = std::make_shared<detail::Wire<T>>(graph.count(source->name()));
  const bool live = source->live();
  const auto owned = std::make_shared<std::unique_ptr<Source<T>>>(std::move(source));
  graph.keep(owned);
  graph.add_source(
      [&graph, owned, wire](std::stop_token stop) {
        // Its device is open no longer than it is read.
        const auto taken = std::move(*owned);
        detail::pump<T>(*taken, *wire, graph, stop);
      },
      live);
  return {graph, wire};
}

}  // namespace invigil
