#include "behaviour/pose_watch.hpp"
#include "behaviour/sampler.hpp"
#include "vision/gaze.hpp"

#include <invigil/error.hpp>
#include <invigil/gaze.hpp>

namespace invigil {

struct FindGaze::Impl {
  behaviour::Sampler sampler;
  behaviour::FaceWatch faces;
  behaviour::PoseWatch pose;
  std::unique_ptr<vision::GazeFinder> gaze = vision::make_gaze_finder();
};

FindGaze::FindGaze(FindGazeOptions options) {
  if (!(options.rate >= 0 && options.rate <= 1000))
    throw Error(Errc::argument, "FindGaze", "the rate is 0 to 1000 pictures a second");
  if (!(options.confidence >= 0 && options.confidence <= 1))
    throw Error(Errc::argument, "FindGaze", "the confidence is 0 to 1");
  impl_ = std::make_unique<Impl>(Impl{.sampler = behaviour::Sampler{options.rate},
                                      .faces = behaviour::FaceWatch{static_cast<float>(options.confidence)},
                                      .pose = {}});
}
FindGaze::~FindGaze() = default;
FindGaze::FindGaze(FindGaze&&) noexcept = default;
FindGaze& FindGaze::operator=(FindGaze&&) noexcept = default;

void FindGaze::process(Frame frame, const Emit<Faces>& emit) {
  const Image& image = frame.image();
  if (image.empty() || !impl_->sampler.take(frame.time())) return;
  const auto watched = impl_->faces.look(image, vision::measure(image), frame.time());
  auto faces = behaviour::to_faces(watched);
  if (!faces.faces.empty()) {
    faces.faces[0].pose = impl_->pose.look(image, watched);
    if (impl_->gaze && impl_->pose.mesh())
      faces.faces[0].gaze = impl_->gaze->look(image, *impl_->pose.mesh());
  }
  emit(std::move(faces));
}

std::string FindGaze::detector() const {
  return impl_->gaze && impl_->pose.detector() != "none" ? "iris" : "none";
}

}  // namespace invigil
