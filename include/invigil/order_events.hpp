// Events that arrive in another order than they happened in.
#pragma once

#include <invigil/event.hpp>
#include <invigil/export.hpp>
#include <invigil/stream.hpp>

#include <chrono>
#include <deque>
#include <string>

namespace invigil {

struct OrderEventsOptions {
  /// How late an event may be. >= 0 s. Default: 2 s.
  Duration within = std::chrono::seconds{2};
};

/// Holds each event back until one that is `within` later has come, and so puts right what is out of order by
/// less. What is later still is passed on as it comes: nothing is lost. A live source that falls silent is
/// helped by `flush`.
class INVIGIL_API OrderEvents final : public Stage<PlatformEvent, PlatformEvent> {
 public:
  /// Throws `Error{argument}` when `within` is negative.
  explicit OrderEvents(OrderEventsOptions options = {});
  void process(PlatformEvent event, const Emit<PlatformEvent>& emit) override;
  void finish(const Emit<PlatformEvent>& emit) override { flush(emit); }
  /// Passes on all that is held, e.g. when nothing has come for as long as `within`.
  void flush(const Emit<PlatformEvent>& emit);
  [[nodiscard]] Timestamp horizon(Timestamp seen) const override;
  [[nodiscard]] std::string name() const override { return "order events"; }

 private:
  Duration within_;
  std::deque<PlatformEvent> held_;  ///< In order of time.
  Timestamp newest_ = Timestamp::min();
};

}  // namespace invigil
