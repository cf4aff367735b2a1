#include "behaviour/see_pictures.hpp"

#include "behaviour/gate.hpp"
#include "behaviour/gaze_watch.hpp"
#include "behaviour/object_watch.hpp"
#include "behaviour/person_watch.hpp"
#include "behaviour/picture_watch.hpp"
#include "behaviour/pose_watch.hpp"
#include "behaviour/repetition_watch.hpp"
#include "behaviour/sampler.hpp"
#include "behaviour/size_watch.hpp"
#include "vision/pixels.hpp"

namespace invigil::behaviour {

struct SeePictures::Impl {
  explicit Impl(const SeePicturesOptions& options)
      : attention(options.attention),
        faces(static_cast<float>(options.confidence)),
        person(options.portrait) {}

  std::shared_ptr<const Attention> attention;
  Sampler sampler{looks_a_second};
  SizeWatch size;
  PictureWatch health;
  RepetitionWatch repetition;
  Gate gate;
  FaceWatch faces;
  PoseWatch pose;
  GazeWatch gaze;
  ObjectWatch objects;
  PersonWatch person;

  std::optional<PictureObservation> look(const Image& image, Timestamp time) {
    const auto picture = vision::measure(image);
    PictureObservation seen;
    seen.time = time;
    seen.picture = health.look(picture, time);
    if (const auto found = repetition.look(picture, time)) {
      seen.picture.repeats = found->similarity;
      seen.picture.repeats_after = static_cast<float>(seconds(found->after));
      seen.picture.repeats_for = static_cast<float>(seconds(found->lasts));
    }
    const bool called = size.changed() || (attention && attention->called(time));
    if (!gate.open(picture, seen.picture, called)) return std::nullopt;
    size.tell(seen.picture);
    look_closely(image, picture, seen, called);
    gate.saw(seen, image);
    return seen;
  }

  void look_closely(const Image& image, const vision::PictureMeasure& picture, PictureObservation& seen,
                    bool called) {
    const auto watched = faces.look(image, picture, seen.time);
    seen.faces = to_faces(watched);
    if (!watched.faces.empty()) seen.faces.faces[0].pose = pose.look(image, watched);
    if (watched.faces.size() == 1 && watched.quality >= Sighting::sure)
      seen.faces.faces[0].gaze = gaze.look(image, pose.mesh(), seen.faces.faces[0].pose, seen.time, called);
    if (watched.fresh) seen.likeness = person.look(image, picture, watched);
    if (auto found = objects.look(image, picture, watched)) {
      seen.objects = std::move(*found);
      seen.objects_looked = true;
    }
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
  if (frame.image().empty()) return;
  impl_->size.pass(frame.image());
  if (!impl_->sampler.take(frame.time())) return;
  if (auto seen = impl_->look(frame.image(), frame.time())) emit(std::move(*seen));
}

std::map<std::string, std::string> SeePictures::detectors() const {
  return {{"faces", impl_->faces.detector()},
          {"head_pose", impl_->pose.detector()},
          {"gaze", impl_->gaze.detector()},
          {"objects", impl_->objects.detector()},
          {"same_person", impl_->person.detector()}};
}

}  // namespace invigil::behaviour
