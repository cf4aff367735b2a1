#include "behaviour/gaze_watch.hpp"

#include <chrono>

namespace invigil::behaviour {

namespace {

constexpr Duration everyday = std::chrono::milliseconds{990}, doubted = std::chrono::milliseconds{390};
constexpr double doubtful = 0.2;

}  // namespace

std::optional<float> GazeWatch::look(const Image& image, const std::optional<vision::FaceMesh>& mesh,
                                     const std::optional<HeadPose>& pose, Timestamp time) {
  if (!finder_ || !mesh || !pose || !GazeAway::tells(*pose)) return std::nullopt;
  if (looked_at_ && time >= *looked_at_ && time - *looked_at_ < (in_doubt_ ? doubted : everyday))
    return std::nullopt;
  looked_at_ = time;
  const auto gaze = finder_->look(image, *mesh);
  in_doubt_ = away_.look(gaze, &*pose, time, 1).likely >= doubtful;
  return gaze;
}

}  // namespace invigil::behaviour
