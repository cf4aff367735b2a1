// What the microphone hears: samples played into snd-aloop so that each is heard at its moment, as air would
// do.
#pragma once

#include <functional>
#include <thread>

namespace invigil::vm {

class Loudspeaker {
 public:
  /// The pressure (+-1) at a moment of the monotonic clock, in seconds. The card's clock may run off: every
  /// sample is placed by what the card says it will play it at.
  using Signal = std::function<double(double moment)>;
  explicit Loudspeaker(Signal signal);

 private:
  void play(const std::stop_token& stop);
  Signal signal_;
  std::jthread thread_;
};

/// 440 Hz, half of full scale.
[[nodiscard]] double tone(double moment);
/// Now, on the monotonic clock.
[[nodiscard]] double monotonic();

}  // namespace invigil::vm
