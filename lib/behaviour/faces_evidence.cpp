#include "behaviour/faces_evidence.hpp"

#include <algorithm>
#include <vector>

namespace invigil::behaviour {

std::size_t count_faces(const Faces& faces, double confidence) {
  return static_cast<std::size_t>(std::ranges::count_if(
      faces.faces, [&](const Face& f) { return f.confidence >= static_cast<float>(confidence); }));
}

RaiserOptions absence_options(Duration longer_than) {
  RaiserOptions options;
  options.what = "face_absent";
  options.longer_than = longer_than;
  options.technical_when_unsure = true;
  options.because = [](const Sighting& seen) { return how_long("no face", seen); };
  return options;
}

Evidence absence(const Faces& faces, double confidence, double quality) {
  return {faces.time, count_faces(faces, confidence) == 0 ? 1.0 : 0.0, quality};
}

RaiserOptions second_face_options(Duration longer_than) {
  RaiserOptions options;
  options.what = "multiple_faces";
  options.longer_than = longer_than;
  options.technical_when_unsure = true;
  options.because = [](const Sighting& seen) { return how_long("more than one face", seen); };
  return options;
}

/// As likely as the second of them is a face.
Evidence second_face(const Faces& faces, double confidence, double quality) {
  if (count_faces(faces, confidence) < 2) return {faces.time, 0, quality};
  std::vector<float> sure;
  for (const auto& face : faces.faces) sure.push_back(face.confidence);
  std::nth_element(sure.begin(), sure.begin() + 1, sure.end(), std::greater<>{});
  return {faces.time, double{sure[1]}, quality};
}

}  // namespace invigil::behaviour
