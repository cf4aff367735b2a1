#include "behaviour/gaze_watch.hpp"

#include <chrono>

namespace invigil::behaviour {

namespace {

constexpr Duration everyday = std::chrono::milliseconds{990}, doubted = std::chrono::milliseconds{390};

}  // namespace

std::optional<float> GazeWatch::look(const Image& image, const std::optional<vision::FaceMesh>& mesh,
                                     const std::optional<HeadPose>& pose, Timestamp time, bool closely) {
  if (!finder_ || !mesh || !pose || !GazeAway::tells(*pose)) return std::nullopt;
  if (looked_at_ && time >= *looked_at_ && time - *looked_at_ < (closely ? doubted : everyday))
    return std::nullopt;
  looked_at_ = time;
  return finder_->look(image, *mesh);
}

}  // namespace invigil::behaviour
