#include "behaviour/sampler.hpp"
#include "vision/picodet.hpp"

#include <invigil/error.hpp>
#include <invigil/objects.hpp>

namespace invigil {

struct FindObjects::Impl {
  behaviour::Sampler sampler;
  bool closely = false;  ///< In the next picture.
  bool always = false;
  std::unique_ptr<vision::ObjectFinder> finder = vision::make_object_finder();
};

FindObjects::FindObjects(FindObjectsOptions options) {
  if (!(options.rate >= 0 && options.rate <= 1000))
    throw Error(Errc::argument, "FindObjects", "the rate is 0 to 1000 pictures a second");
  impl_ = std::make_unique<Impl>(
      Impl{.sampler = behaviour::Sampler{options.rate}, .closely = true, .always = options.closely});
}
FindObjects::~FindObjects() = default;
FindObjects::FindObjects(FindObjects&&) noexcept = default;
FindObjects& FindObjects::operator=(FindObjects&&) noexcept = default;

void FindObjects::process(Frame frame, const Emit<Objects>& emit) {
  if (!impl_->finder || frame.image().empty() || !impl_->sampler.take(frame.time())) return;
  emit({frame.time(), impl_->finder->look(frame.image(), impl_->closely)});
  impl_->closely = impl_->always;
}

std::string FindObjects::detector() const { return impl_->finder ? "picodet-s-416" : "none"; }

}  // namespace invigil
