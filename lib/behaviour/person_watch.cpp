#include "behaviour/person_watch.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <chrono>
#include <functional>

namespace invigil::behaviour {

namespace {

constexpr Duration every = std::chrono::milliseconds{4990};
constexpr Duration in_doubt = std::chrono::milliseconds{390};
constexpr Duration gathers_every = std::chrono::milliseconds{990};
constexpr Duration gathers_for = std::chrono::seconds{5};
/// Below, a comparison is repeated at once; two pictures of one person in one session lie far above.
constexpr double doubtful = 0.5;
/// Below, the reference began with somebody else.
constexpr double different = 0.4;
constexpr float smallest_face = 40, sure = 0.75F;

/// Seen from the front, as far as five points say: the nose between the eyes and the mouth below them. The
/// cosine of one person's profile and front is no better than that of two persons.
bool is_frontal(const vision::FoundFace& face) {
  const auto& [right_eye, left_eye, nose, right_mouth, left_mouth] = face.points;
  const float wide = left_eye.x - right_eye.x;
  if (wide < 0.25F * face.box.width) return false;
  const float along = (nose.x - right_eye.x) / wide;
  return along > 0.2F && along < 0.8F && right_mouth.y > right_eye.y && left_mouth.y > left_eye.y;
}

bool is_good(const WatchedFaces& faces) {
  return faces.faces.size() == 1 && faces.quality >= sure && faces.faces[0].box.width >= smallest_face &&
         is_frontal(faces.faces[0]);
}

vision::Embedding of_portrait(vision::SamePerson& net, const Image& portrait) {
  const auto detector = vision::make_face_detector();
  std::vector<vision::FoundFace> all;
  if (detector)
    for (const int scale : detector->scales())
      for (const auto& face : detector->detect(portrait, scale, 0.6F)) all.push_back(face);
  all = vision::without_doubles(std::move(all));
  std::optional<vision::Embedding> seen;
  if (!all.empty()) seen = net.look(portrait, all[0]);
  if (!seen) throw Error(Errc::argument, "portrait", "shows no face; give a picture of the candidate alone");
  return *seen;
}

}  // namespace

PersonWatch::PersonWatch(const Image& portrait) {
  if (!portrait.empty() && net_.ready()) reference_ = of_portrait(net_, portrait);
}

bool PersonWatch::is_due(Timestamp time) const {
  if (!compared_at_ || time < *compared_at_ || !alone_before_) return true;
  if (!reference_) return time - *compared_at_ >= gathers_every;
  return time - *compared_at_ >= (doubt_ ? in_doubt : every);
}

std::optional<float> PersonWatch::look(const Image& image, const vision::PictureMeasure& picture,
                                       const WatchedFaces& faces) {
  if (!net_.ready()) return std::nullopt;
  if (vision::is_cut(before_, picture)) alone_before_ = false;
  before_ = picture;
  if (faces.faces.size() != 1) {
    alone_before_ = false;
    if (!reference_) gathers_since_.reset();  // who comes back may be somebody else
    return std::nullopt;
  }
  if (!is_good(faces) || !is_due(faces.time)) return std::nullopt;
  auto seen = net_.look(image, faces.faces[0]);
  if (!seen) return std::nullopt;
  compared_at_ = faces.time;
  alone_before_ = true;
  if (!reference_) {
    enrol(std::move(*seen), faces.time);
    return std::nullopt;
  }
  const double cosine = vision::SamePerson::cosine(*reference_, *seen);
  doubt_ = cosine < doubtful;
  return static_cast<float>(cosine);
}

void PersonWatch::enrol(vision::Embedding seen, Timestamp time) {
  const bool other =
      gathers_since_ && vision::SamePerson::cosine(vision::of_length_one(gathered_), seen) < different;
  if (!gathers_since_ || other) {
    gathers_since_ = time;
    gathered_ = std::move(seen);
    return;
  }
  std::ranges::transform(gathered_, seen, gathered_.begin(), std::plus<>{});
  if (time - *gathers_since_ >= gathers_for) reference_ = vision::of_length_one(gathered_);
}

}  // namespace invigil::behaviour
