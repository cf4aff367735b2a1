// CheckPicture: what the picture is like, apart from what is in it.
#include "behaviour/picture_watch.hpp"
#include "behaviour/sampler.hpp"
#include "behaviour/size_watch.hpp"
#include "vision/pixels.hpp"

#include <invigil/behaviour.hpp>
#include <invigil/error.hpp>

namespace invigil {

struct CheckPicture::Impl {
  behaviour::Sampler sampler;
  behaviour::PictureWatch watch;
  behaviour::SizeWatch size;
};

CheckPicture::CheckPicture(CheckPictureOptions options) {
  if (!(options.rate >= 0 && options.rate <= 1000))
    throw Error(Errc::argument, "CheckPicture", "the rate is 0 to 1000 pictures a second");
  vision::prepare_opencv();
  impl_ = std::make_unique<Impl>(Impl{behaviour::Sampler{options.rate}, {}, {}});
}
CheckPicture::~CheckPicture() = default;
CheckPicture::CheckPicture(CheckPicture&&) noexcept = default;
CheckPicture& CheckPicture::operator=(CheckPicture&&) noexcept = default;

void CheckPicture::process(Frame frame, const Emit<PictureHealth>& emit) {
  if (frame.image().empty()) return;
  impl_->size.pass(frame.image());
  if (!impl_->sampler.take(frame.time())) return;
  auto health = impl_->watch.look(vision::measure(frame.image()), frame.time());
  impl_->size.tell(health);
  emit(health);
}

}  // namespace invigil
