#include "behaviour/face_watch.hpp"
#include "behaviour/sampler.hpp"

#include <invigil/behaviour.hpp>
#include <invigil/error.hpp>

namespace invigil {

struct FindFaces::Impl {
  behaviour::Sampler sampler;
  behaviour::FaceWatch watch;
};

FindFaces::FindFaces(FindFacesOptions options) {
  if (!(options.rate >= 0 && options.rate <= 1000))
    throw Error(Errc::argument, "FindFaces", "the rate is 0 to 1000 pictures a second");
  if (!(options.confidence >= 0 && options.confidence <= 1))
    throw Error(Errc::argument, "FindFaces", "the confidence is 0 to 1");
  impl_ = std::make_unique<Impl>(
      Impl{behaviour::Sampler{options.rate}, behaviour::FaceWatch{static_cast<float>(options.confidence)}});
}
FindFaces::~FindFaces() = default;
FindFaces::FindFaces(FindFaces&&) noexcept = default;
FindFaces& FindFaces::operator=(FindFaces&&) noexcept = default;

void FindFaces::process(Frame frame, const Emit<Faces>& emit) {
  if (frame.image().empty() || !impl_->sampler.take(frame.time())) return;
  emit(behaviour::to_faces(impl_->watch.look(frame.image(), vision::measure(frame.image()), frame.time())));
}

std::string FindFaces::detector() const { return impl_->watch.detector(); }

}  // namespace invigil
