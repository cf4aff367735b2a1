#include "behaviour/gate.hpp"

#include "behaviour/raiser.hpp"

#include <algorithm>
#include <chrono>

#include <opencv2/core.hpp>

namespace invigil::behaviour {

namespace {

constexpr Duration still_for = std::chrono::seconds{3};
constexpr Duration between_looks = std::chrono::milliseconds{500}, tolerance = std::chrono::milliseconds{10};
/// Mean difference of luma within the face: sensors' noise gives less than 1 at this size, breathing and
/// small sways up to 3.
constexpr double moving = 3;
constexpr float repeats = 0.9F, like = 0.5F;

cv::Rect part_of(const Box& share, cv::Size size) {
  const auto scaled = [](float x, int length) { return static_cast<int>(x * static_cast<float>(length)); };
  const cv::Rect part{scaled(share.x, size.width), scaled(share.y, size.height),
                      scaled(share.width, size.width) + 1, scaled(share.height, size.height) + 1};
  return part & cv::Rect{{0, 0}, size};
}

}  // namespace

bool Gate::moves(const cv::Mat& now) const {
  if (before_.size() != now.size()) return true;
  const auto part = part_of(*face_, now.size());
  if (part.empty()) return true;
  cv::Mat difference;
  cv::absdiff(before_(part), now(part), difference);
  return cv::mean(difference)[0] > moving;
}

bool Gate::open(const vision::PictureMeasure& picture, const PictureHealth& health, bool called) {
  const Timestamp now = health.time;
  const bool calm = !called && face_ && health.state == PictureState::ok && health.repeats < repeats &&
                    !before_.empty() && !moves(picture.thumbnail);
  before_ = picture.thumbnail;
  if (!calm) still_since_.reset();
  if (calm && !still_since_) still_since_ = now;
  const bool still = still_since_ && now - *still_since_ >= still_for;
  if (still && now + tolerance < due_) return false;
  // Looks keep to the grid of half seconds, though pictures come every 0.2 s.
  due_ = still && now < due_ + between_looks ? due_ + between_looks : now + between_looks;
  return true;
}

void Gate::saw(const PictureObservation& seen, const Image& image) {
  face_.reset();
  if (seen.faces.faces.size() != 1 || seen.faces.quality < Sighting::sure) return;
  const auto& face = seen.faces.faces[0];
  const bool things = std::ranges::any_of(seen.objects, [](const Object& o) { return o.label != "person"; });
  if (things || (seen.likeness && *seen.likeness < like)) return;
  const auto width = static_cast<float>(image.width()), height = static_cast<float>(image.height());
  face_ = Box{face.box.x / width, face.box.y / height, face.box.width / width, face.box.height / height};
}

}  // namespace invigil::behaviour
