// Which pictures of a stream are looked at, when not all of them are.
#pragma once

#include <invigil/time.hpp>

#include <cmath>
#include <optional>

namespace invigil::behaviour {

/// Of pictures, by the whole analysis.
inline constexpr double looks_a_second = 5;

/// Takes the first picture of every 1/rate seconds of media time. The grid starts at zero and not at the
/// first picture, so that every detector on the same stream takes the same pictures.
class Sampler {
 public:
  /// `rate` pictures a second; 0 takes all.
  explicit Sampler(double rate) : rate_(rate) {}

  [[nodiscard]] bool take(Timestamp time) {
    if (rate_ <= 0) return true;
    // A container rounds times to as little as a millisecond: what is due within one is due now.
    const auto slot = static_cast<std::int64_t>(std::floor((seconds(time) + 0.001) * rate_));
    if (last_ && slot == *last_) return false;
    last_ = slot;
    return true;
  }

 private:
  double rate_;
  std::optional<std::int64_t> last_;
};

}  // namespace invigil::behaviour
