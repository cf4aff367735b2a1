#include "behaviour/person_watch.hpp"
#include "behaviour/sampler.hpp"

#include <invigil/error.hpp>
#include <invigil/person.hpp>

namespace invigil {

struct ComparePerson::Impl {
  explicit Impl(const ComparePersonOptions& options)
      : faces(static_cast<float>(options.confidence)), person(options.portrait) {}
  behaviour::Sampler sampler{5};
  behaviour::FaceWatch faces;
  behaviour::PersonWatch person;
};

ComparePerson::ComparePerson(ComparePersonOptions options) {
  if (!(options.confidence >= 0 && options.confidence <= 1))
    throw Error(Errc::argument, "ComparePerson", "the confidence is 0 to 1");
  impl_ = std::make_unique<Impl>(options);
}
ComparePerson::~ComparePerson() = default;
ComparePerson::ComparePerson(ComparePerson&&) noexcept = default;
ComparePerson& ComparePerson::operator=(ComparePerson&&) noexcept = default;

void ComparePerson::process(Frame frame, const Emit<Likeness>& emit) {
  const Image& image = frame.image();
  if (image.empty() || !impl_->sampler.take(frame.time())) return;
  const auto picture = vision::measure(image);
  const auto faces = impl_->faces.look(image, picture, frame.time());
  if (const auto similarity = impl_->person.look(image, picture, faces)) emit({frame.time(), *similarity});
}

std::string ComparePerson::detector() const { return impl_->person.detector(); }

}  // namespace invigil
