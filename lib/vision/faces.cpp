#include "vision/faces.hpp"

#include "vision/model_store.hpp"
#include "vision/pixels.hpp"

#include <algorithm>
#include <functional>
#include <tuple>

namespace invigil::vision {

namespace {

float area(const Box& b) { return b.width * b.height; }

float common_area(const Box& a, const Box& b) {
  const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  return std::max(0.0F, width) * std::max(0.0F, height);
}

/// Two heads side by side overlap little; the same face at two scales overlaps much, or lies within.
bool same_face(const Box& a, const Box& b) {
  const float common = common_area(a, b);
  return common > 0.3F * (area(a) + area(b) - common) || common > 0.6F * std::min(area(a), area(b));
}

}  // namespace

std::vector<FoundFace> without_doubles(std::vector<FoundFace> faces) {
  // Ties are broken by place, so that the order of detection never shows.
  std::ranges::sort(faces, std::greater<>{}, [](const FoundFace& f) {
    return std::tuple{f.confidence, area(f.box), -f.box.x, -f.box.y};
  });
  std::vector<FoundFace> kept;
  for (const auto& face : faces)
    if (std::ranges::none_of(kept, [&](const FoundFace& k) { return same_face(k.box, face.box); }))
      kept.push_back(face);
  return kept;
}

std::unique_ptr<FaceDetector> make_face_detector() {
  prepare_opencv();
  if (const auto onnx = load_model("yunet-2023mar")) return make_yunet(*onnx);
  return make_cascade();
}

}  // namespace invigil::vision
