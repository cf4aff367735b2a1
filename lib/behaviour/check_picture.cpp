// CheckPicture: what the picture is like, apart from what is in it.
#include "behaviour/sampler.hpp"
#include "vision/picture_measure.hpp"
#include "vision/pixels.hpp"

#include <invigil/behaviour.hpp>
#include <invigil/error.hpp>

#include <chrono>
#include <optional>

namespace invigil {

namespace {

// A camera that runs never gives the same picture twice: its noise alone changes the mean by 0.2 or more, or
// at least leaves fewer than 80 % of the pixels as they were (a live face: 0.85 mean change and more). An
// empty room in good light can go below, so that a flag asks for more than this state.
constexpr float least_change = 0.2F;
constexpr float most_identical = 0.8F;
constexpr Duration frozen_after = std::chrono::seconds{2};

}  // namespace

struct CheckPicture::Impl {
  behaviour::Sampler sampler;
  cv::Mat before;
  std::optional<Timestamp> still_since;
  Timestamp last{};

  PictureHealth look(const Image& image, Timestamp time) {
    const auto picture = vision::measure(image);
    PictureHealth health{.time = time,
                         .luma = picture.mean,
                         .spread = picture.spread,
                         .sharpness = picture.sharpness,
                         .change = 0,
                         .state = vision::judge(picture)};
    compare(picture.thumbnail, time, health);
    before = picture.thumbnail;
    last = time;
    return health;
  }

  void compare(const cv::Mat& now, Timestamp time, PictureHealth& health) {
    const auto change = vision::change_between(before, now);
    if (!change) return still_since.reset();
    health.change = change->mean;
    const bool still = change->mean < least_change && change->identical > most_identical;
    if (!still)
      still_since.reset();
    else if (!still_since)
      still_since = last;
    // A covered or dark picture is still by nature; the cause is the better report.
    if (still_since && time - *still_since >= frozen_after && health.state == PictureState::ok)
      health.state = PictureState::frozen;
  }
};

CheckPicture::CheckPicture(CheckPictureOptions options) {
  if (!(options.rate >= 0 && options.rate <= 1000))
    throw Error(Errc::argument, "CheckPicture", "the rate is 0 to 1000 pictures a second");
  vision::prepare_opencv();
  impl_ = std::make_unique<Impl>(Impl{behaviour::Sampler{options.rate}, {}, {}, {}});
}
CheckPicture::~CheckPicture() = default;
CheckPicture::CheckPicture(CheckPicture&&) noexcept = default;
CheckPicture& CheckPicture::operator=(CheckPicture&&) noexcept = default;

void CheckPicture::process(Frame frame, const Emit<PictureHealth>& emit) {
  if (frame.image().empty() || !impl_->sampler.take(frame.time())) return;
  emit(impl_->look(frame.image(), frame.time()));
}

}  // namespace invigil
