#include "behaviour/pose_watch.hpp"
#include "behaviour/sampler.hpp"

#include <invigil/error.hpp>
#include <invigil/head_pose.hpp>

namespace invigil {

struct FindHeadPose::Impl {
  behaviour::Sampler sampler;
  behaviour::FaceWatch faces;
  behaviour::PoseWatch pose;
};

FindHeadPose::FindHeadPose(FindHeadPoseOptions options) {
  if (!(options.rate >= 0 && options.rate <= 1000))
    throw Error(Errc::argument, "FindHeadPose", "the rate is 0 to 1000 pictures a second");
  if (!(options.confidence >= 0 && options.confidence <= 1))
    throw Error(Errc::argument, "FindHeadPose", "the confidence is 0 to 1");
  impl_ = std::make_unique<Impl>(Impl{
      behaviour::Sampler{options.rate}, behaviour::FaceWatch{static_cast<float>(options.confidence)}, {}});
}
FindHeadPose::~FindHeadPose() = default;
FindHeadPose::FindHeadPose(FindHeadPose&&) noexcept = default;
FindHeadPose& FindHeadPose::operator=(FindHeadPose&&) noexcept = default;

void FindHeadPose::process(Frame frame, const Emit<Faces>& emit) {
  const Image& image = frame.image();
  if (image.empty() || !impl_->sampler.take(frame.time())) return;
  const auto watched = impl_->faces.look(image, vision::measure(image), frame.time());
  auto faces = behaviour::to_faces(watched);
  if (!faces.faces.empty()) faces.faces[0].pose = impl_->pose.look(image, watched);
  emit(std::move(faces));
}

std::string FindHeadPose::detector() const { return impl_->pose.detector(); }

}  // namespace invigil
