#include "behaviour/see_pictures.hpp"

#include "behaviour/picture_watch.hpp"
#include "behaviour/pose_watch.hpp"
#include "behaviour/sampler.hpp"
#include "vision/pixels.hpp"

namespace invigil::behaviour {

struct SeePictures::Impl {
  explicit Impl(SeePicturesOptions options) : faces(static_cast<float>(options.confidence)) {}

  Sampler sampler{5};
  PictureWatch health;
  FaceWatch faces;
  PoseWatch pose;

  PictureObservation look(const Image& image, Timestamp time) {
    const auto picture = vision::measure(image);
    PictureObservation seen;
    seen.time = time;
    seen.picture = health.look(picture, time);
    const auto watched = faces.look(image, picture, time);
    seen.faces = to_faces(watched);
    if (!watched.faces.empty()) seen.faces.faces[0].pose = pose.look(image, watched);
    return seen;
  }
};

SeePictures::SeePictures(SeePicturesOptions options) {
  vision::prepare_opencv();
  impl_ = std::make_unique<Impl>(options);
}
SeePictures::~SeePictures() = default;
SeePictures::SeePictures(SeePictures&&) noexcept = default;
SeePictures& SeePictures::operator=(SeePictures&&) noexcept = default;

void SeePictures::process(Frame frame, const Emit<PictureObservation>& emit) {
  if (frame.image().empty() || !impl_->sampler.take(frame.time())) return;
  emit(impl_->look(frame.image(), frame.time()));
}

std::map<std::string, std::string> SeePictures::detectors() const {
  return {{"faces", impl_->faces.detector()}, {"head_pose", impl_->pose.detector()}};
}

}  // namespace invigil::behaviour
