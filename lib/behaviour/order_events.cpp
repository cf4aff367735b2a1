#include <invigil/error.hpp>
#include <invigil/order_events.hpp>

#include <algorithm>

namespace invigil {

OrderEvents::OrderEvents(OrderEventsOptions options) : within_(options.within) {
  if (within_ < Duration::zero())
    throw Error(Errc::argument, "OrderEvents", "within is negative; give 0 s or more");
}

void OrderEvents::process(PlatformEvent event, const Emit<PlatformEvent>& emit) {
  newest_ = std::max(newest_, event.time);
  const auto later = [](Timestamp t, const PlatformEvent& e) { return t < e.time; };
  held_.insert(std::upper_bound(held_.begin(), held_.end(), event.time, later), std::move(event));
  while (!held_.empty() && newest_ - held_.front().time >= within_) {
    emit(std::move(held_.front()));
    held_.pop_front();
  }
}

void OrderEvents::flush(const Emit<PlatformEvent>& emit) {
  for (auto& event : held_) emit(std::move(event));
  held_.clear();
}

Timestamp OrderEvents::horizon(Timestamp seen) const {
  if (held_.empty() || seen == Timestamp::max()) return seen;
  return std::min(seen, held_.front().time);
}

}  // namespace invigil
