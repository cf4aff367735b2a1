// What comparisons of faces, and repetitions, are evidence of.
#pragma once

#include "behaviour/raiser.hpp"

#include <invigil/observation.hpp>

#include <optional>

namespace invigil::behaviour {

[[nodiscard]] RaiserOptions other_person_options(Duration longer_than);

/// A comparison speaks for the face for as long as it stays in the picture, alone, 6 s at most.
class OtherPerson {
 public:
  /// `alone`: one face is in the picture. `quality`: of what is said about people.
  [[nodiscard]] Evidence look(const PictureObservation& seen, bool alone, double quality);

 private:
  std::optional<double> similarity_;
  Timestamp compared_{};
};

/// From here on two stretches of pictures are one: people reach 0.91, loops 0.99 and more.
inline constexpr float is_loop = 0.92F;

[[nodiscard]] RaiserOptions camera_loop_options(Duration longer_than);

/// Pictures that repeat earlier ones at one lag, for a second.
class Loop {
 public:
  [[nodiscard]] Evidence look(const PictureHealth& picture);

 private:
  std::optional<Timestamp> since_;
  float lag_ = 0;
};

}  // namespace invigil::behaviour
