// What faces are evidence of.
#pragma once

#include "behaviour/raiser.hpp"

#include <invigil/observation.hpp>

namespace invigil::behaviour {

/// Those at or above `confidence`.
[[nodiscard]] std::size_t count_faces(const Faces& faces, double confidence);

[[nodiscard]] RaiserOptions absence_options(Duration longer_than);
[[nodiscard]] Evidence absence(const Faces& faces, double confidence, double quality);

[[nodiscard]] RaiserOptions second_face_options(Duration longer_than);
[[nodiscard]] Evidence second_face(const Faces& faces, double confidence, double quality);

}  // namespace invigil::behaviour
