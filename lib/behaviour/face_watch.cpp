// Which scales are looked at when, so that faces cost little and none is lost.
//
// Everyday pictures are looked at 320 pixels wide, where a face at a desk is found. A second, smaller or
// tilted face needs 480 (found in 14 % of frames at 320, in all at 480), so that this size is looked at once
// a second, at once when a weak second face shows at 320, and in every picture for as long as it finds more
// than 320 does. The first picture, which may be the only one, is looked at in all sizes.
//
// A picture that has not changed since it was last looked at keeps its faces, for half a second at most: a
// candidate who reads sits still for minutes. The fallback costs six times as much as the net and looks at
// every other picture only.
#include "behaviour/face_watch.hpp"

#include "vision/concealed_share.hpp"

#include <algorithm>
#include <chrono>
#include <functional>

namespace invigil::behaviour {

namespace {

constexpr Duration fine_every = std::chrono::seconds{1};
constexpr Duration reuse_for = std::chrono::milliseconds{500};
/// Of the luma of any 8x8 pixels of a 720p picture; noise stays below, the edge of anything that moves not.
constexpr float moved = 10;
// A document that is held up hides the face behind it, and redaction covers generously: nobody may be called
// absent for what we covered ourselves. A face at the distance of a webcam takes 4 % of the picture or more.
constexpr double hides_a_face = 0.04;

bool unchanged(const cv::Mat& before, const cv::Mat& now) {
  const auto change = vision::change_between(before, now);
  return change && change->most < moved;
}

}  // namespace

Faces to_faces(const WatchedFaces& watched) {
  Faces faces{.time = watched.time, .faces = {}, .quality = watched.quality};
  for (const auto& f : watched.faces)
    faces.faces.push_back({.box = f.box, .confidence = f.confidence, .pose = {}});
  return faces;
}

FaceWatch::FaceWatch(float confidence) : confidence_(confidence), detector_(vision::make_face_detector()) {}

WatchedFaces FaceWatch::look(const Image& image, const vision::PictureMeasure& picture, Timestamp time) {
  WatchedFaces watched{.time = time, .faces = {}, .quality = 0, .fresh = false};
  if (!detector_) return watched;
  watched.fresh = !may_reuse(picture.thumbnail, time);
  if (watched.fresh) {
    find(image, time);
    looked_thumbnail_ = picture.thumbnail;
  }
  watched.quality = std::min(vision::quality_of(picture), detector_->trust());
  watched.faces = found_;
  if (watched.faces.empty() && vision::concealed_share(image) >= hides_a_face) watched.quality = 0;
  return watched;
}

void FaceWatch::find(const Image& image, Timestamp time) {
  found_ = first_ ? all_scales(image) : everyday(image, time);
  std::erase_if(found_, [&](const vision::FoundFace& f) {
    return vision::is_portrait_in_document(image, f.box.x, f.box.y, f.box.width, f.box.height);
  });
  std::ranges::stable_sort(found_, std::greater<>{},
                           [](const vision::FoundFace& f) { return f.box.width * f.box.height; });
  if (first_) fine_at_ = time;
  first_ = false;
  looked_at_ = time;
}

bool FaceWatch::may_reuse(const cv::Mat& thumbnail, Timestamp time) const {
  if (first_ || time < looked_at_) return false;
  const auto ago = time - looked_at_;
  return ago < detector_->patience() || (ago < reuse_for && unchanged(looked_thumbnail_, thumbnail));
}

std::size_t FaceWatch::strong(const std::vector<vision::FoundFace>& faces) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(faces, [&](const auto& f) { return f.confidence >= confidence_; }));
}

std::vector<vision::FoundFace> FaceWatch::all_scales(const Image& image) const {
  std::vector<vision::FoundFace> all;
  for (const int scale : detector_->scales()) {
    const auto faces = detector_->detect(image, scale, confidence_);
    all.insert(all.end(), faces.begin(), faces.end());
  }
  return vision::without_doubles(std::move(all));
}

std::vector<vision::FoundFace> FaceWatch::everyday(const Image& image, Timestamp time) {
  const auto scales = detector_->scales();
  auto faces = detector_->detect(image, scales[0], std::min(detector_->doubt(), confidence_));
  const auto coarse = strong(faces);
  const bool due = time < fine_at_ || time - fine_at_ >= fine_every;
  if (scales.size() > 1 && (due || fine_finds_more_ || faces.size() > coarse)) {
    const auto fine = detector_->detect(image, scales[1], confidence_);
    faces.insert(faces.end(), fine.begin(), fine.end());
    faces = vision::without_doubles(std::move(faces));
    fine_finds_more_ = strong(faces) > coarse;
    fine_at_ = time;
  }
  std::erase_if(faces, [&](const auto& f) { return f.confidence < confidence_; });
  return faces;
}

}  // namespace invigil::behaviour
