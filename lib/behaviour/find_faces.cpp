// FindFaces: which scales are looked at when, so that faces cost little and none is lost.
//
// Everyday pictures are looked at 320 pixels wide, where a face at a desk is found. A second, smaller or
// tilted face needs 480 (found in 14 % of frames at 320, in all at 480), so that this size is looked at once
// a second, at once when a weak second face shows at 320, and in every picture for as long as it finds more
// than 320 does. The first picture, which may be the only one, is looked at in all sizes.
//
// A picture that has not changed since it was last looked at keeps its faces, for half a second at most: a
// candidate who reads sits still for minutes. The fallback costs six times as much as the net and looks at
// every other picture only.
#include "behaviour/sampler.hpp"
#include "vision/concealed_share.hpp"
#include "vision/faces.hpp"
#include "vision/picture_measure.hpp"

#include <invigil/behaviour.hpp>
#include <invigil/error.hpp>

#include <algorithm>

namespace invigil {

namespace {

constexpr Duration fine_every = std::chrono::seconds{1};
constexpr Duration reuse_for = std::chrono::milliseconds{500};
/// Of the luma of any 8x8 pixels of a 720p picture; noise stays below, the edge of anything that moves not.
constexpr float moved = 10;

bool unchanged(const cv::Mat& before, const cv::Mat& now) {
  const auto change = vision::change_between(before, now);
  return change && change->most < moved;
}

}  // namespace

// A document that is held up hides the face behind it, and redaction covers generously: nobody may be called
// absent for what we covered ourselves. A face at the distance of a webcam takes 4 % of the picture or more.
constexpr double hides_a_face = 0.04;

struct FindFaces::Impl {
  float confidence;
  behaviour::Sampler sampler;
  std::unique_ptr<vision::FaceDetector> detector;
  bool first = true;
  bool fine_finds_more = false;
  Timestamp fine_at{};    ///< When the second scale was last looked at.
  Timestamp looked_at{};  ///< When any was.
  cv::Mat looked_thumbnail;
  std::vector<vision::FoundFace> found;

  Faces look(const Image& image, Timestamp time) {
    const auto picture = vision::measure(image);
    Faces faces{.time = time, .faces = {}, .quality = 0};
    if (!detector) return faces;
    if (!may_reuse(picture.thumbnail, time)) {
      found = first ? all_scales(image) : everyday(image, time);
      std::erase_if(found, [&](const vision::FoundFace& f) {
        return vision::is_portrait_in_document(image, f.box.x, f.box.y, f.box.width, f.box.height);
      });
      if (first) fine_at = time;
      first = false;
      looked_at = time;
      looked_thumbnail = picture.thumbnail;
    }
    faces.quality = std::min(vision::quality_of(picture), detector->trust());
    faces.faces = report();
    if (faces.faces.empty() && vision::concealed_share(image) >= hides_a_face) faces.quality = 0;
    return faces;
  }

  [[nodiscard]] bool may_reuse(const cv::Mat& thumbnail, Timestamp time) const {
    if (first || time < looked_at) return false;
    const auto ago = time - looked_at;
    return ago < detector->patience() || (ago < reuse_for && unchanged(looked_thumbnail, thumbnail));
  }

  [[nodiscard]] std::size_t strong(const std::vector<vision::FoundFace>& faces) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(faces, [&](const auto& f) { return f.confidence >= confidence; }));
  }

  std::vector<vision::FoundFace> all_scales(const Image& image) const {
    std::vector<vision::FoundFace> all;
    for (const int scale : detector->scales()) {
      const auto faces = detector->detect(image, scale, confidence);
      all.insert(all.end(), faces.begin(), faces.end());
    }
    return vision::without_doubles(std::move(all));
  }

  std::vector<vision::FoundFace> everyday(const Image& image, Timestamp time) {
    const auto scales = detector->scales();
    auto faces = detector->detect(image, scales[0], std::min(detector->doubt(), confidence));
    const auto coarse = strong(faces);
    const bool due = time < fine_at || time - fine_at >= fine_every;
    if (scales.size() > 1 && (due || fine_finds_more || faces.size() > coarse)) {
      const auto fine = detector->detect(image, scales[1], confidence);
      faces.insert(faces.end(), fine.begin(), fine.end());
      faces = vision::without_doubles(std::move(faces));
      fine_finds_more = strong(faces) > coarse;
      fine_at = time;
    }
    std::erase_if(faces, [&](const auto& f) { return f.confidence < confidence; });
    return faces;
  }

  [[nodiscard]] std::vector<Face> report() const {
    std::vector<Face> faces;
    for (const auto& f : found) faces.push_back({.box = f.box, .confidence = f.confidence, .pose = {}});
    std::ranges::stable_sort(faces, std::greater<>{},
                             [](const Face& f) { return f.box.width * f.box.height; });
    return faces;
  }
};

FindFaces::FindFaces(FindFacesOptions options) {
  if (!(options.rate >= 0 && options.rate <= 1000))
    throw Error(Errc::argument, "FindFaces", "the rate is 0 to 1000 pictures a second");
  if (!(options.confidence >= 0 && options.confidence <= 1))
    throw Error(Errc::argument, "FindFaces", "the confidence is 0 to 1");
  impl_ = std::make_unique<Impl>(Impl{.confidence = static_cast<float>(options.confidence),
                                      .sampler = behaviour::Sampler{options.rate},
                                      .detector = vision::make_face_detector(),
                                      .looked_thumbnail = {},
                                      .found = {}});
}
FindFaces::~FindFaces() = default;
FindFaces::FindFaces(FindFaces&&) noexcept = default;
FindFaces& FindFaces::operator=(FindFaces&&) noexcept = default;

void FindFaces::process(Frame frame, const Emit<Faces>& emit) {
  if (frame.image().empty() || !impl_->sampler.take(frame.time())) return;
  emit(impl_->look(frame.image(), frame.time()));
}

std::string FindFaces::detector() const { return impl_->detector ? impl_->detector->name() : "none"; }

}  // namespace invigil
