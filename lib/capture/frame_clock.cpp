#include "capture/frame_clock.hpp"

#include <algorithm>

namespace invigil::capture {

using namespace std::chrono_literals;

bool FrameClock::plausible(Clock::Moment moment, Clock::Moment arrival) const {
  return moment <= arrival + period_ && moment > arrival - 2s;
}

Duration FrameClock::distance(Duration stamp, Clock::Moment arrival) const {
  if (plausible(Clock::Moment{stamp}, arrival)) return {};
  const Duration wall = std::chrono::system_clock::now().time_since_epoch();
  const auto by_wall = arrival - (wall - stamp);
  if (plausible(by_wall, arrival)) return by_wall - Clock::Moment{stamp};
  return arrival - Clock::Moment{stamp};
}

Clock::Moment FrameClock::moment(std::chrono::microseconds stamp, Clock::Moment arrival) {
  const auto steps_back = [&](Clock::Moment m) { return last_ && m <= *last_; };
  if (!offset_) offset_ = distance(stamp, arrival);
  auto moment = Clock::Moment{stamp} + *offset_;
  if (!plausible(moment, arrival)) {
    offset_ = distance(stamp, arrival);
    moment = Clock::Moment{stamp} + *offset_;
  }
  if (moment > arrival) {  // no picture arrives before it was taken: this driver's line lies too late
    *offset_ -= moment - arrival;
    moment = arrival;
  }
  if (steps_back(moment)) {
    offset_ = arrival - Clock::Moment{stamp};
    moment = std::max(arrival, *last_ + 1us);
  }
  last_ = moment;
  return moment;
}

std::uint64_t SequenceGaps::before(std::uint32_t sequence, Clock::Moment arrival) {
  std::uint64_t lost = 0;
  if (last_) {
    const std::uint32_t step = sequence - *last_;  // wraps as the driver's counter does
    const auto possible = 2 * ((arrival - last_arrival_) / period_) + 16;
    if (step > 0 && std::int64_t{step} <= possible) lost = step - 1;
  }
  last_ = sequence;
  last_arrival_ = arrival;
  return lost;
}

}  // namespace invigil::capture
