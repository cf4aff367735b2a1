#include "behaviour/see_pictures.hpp"

namespace invigil::behaviour {

// Both detectors sample the same grid of media time, so that they look at the same pictures.
SeePictures::SeePictures(SeePicturesOptions options) : faces_({.confidence = options.confidence}) {}

void SeePictures::process(Frame frame, const Emit<PictureObservation>& emit) {
  PictureObservation seen;
  bool looked = false;
  health_.process(frame, [&](const PictureHealth& health) {
    seen.picture = health;
    looked = true;
  });
  faces_.process(std::move(frame), [&](Faces faces) { seen.faces = std::move(faces); });
  if (!looked) return;
  seen.time = seen.picture.time;
  seen.faces.time = seen.time;
  emit(std::move(seen));
}

}  // namespace invigil::behaviour
