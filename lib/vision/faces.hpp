// Face detectors behind one door: YuNet where its model lies, OpenCV's cascades where it does not.
#pragma once

#include <invigil/image.hpp>
#include <invigil/observation.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace invigil::vision {

struct Point {
  float x = 0, y = 0;
};

/// A face in pixels of the picture.
struct FoundFace {
  Box box;
  float confidence = 0;
  /// Right eye, left eye (the candidate's own), nose tip, right and left corner of the mouth; all zero where
  /// the detector gives none.
  std::array<Point, 5> points{};
};

class FaceDetector {
 public:
  virtual ~FaceDetector() = default;
  /// Looks at the picture with its longer side scaled to `longest` pixels. Faces from `confidence` on, best
  /// first, none twice.
  [[nodiscard]] virtual std::vector<FoundFace> detect(const Image& image, int longest, float confidence) = 0;
  /// The sizes at which this detector looks, the everyday one first.
  [[nodiscard]] virtual std::span<const int> scales() const = 0;
  [[nodiscard]] virtual std::string name() const = 0;
  /// The most that its word is worth: `Faces::quality` of a flawless picture.
  [[nodiscard]] virtual float trust() const { return 1; }
  /// From this confidence on, what is not yet a face deserves a look at a larger scale.
  [[nodiscard]] virtual float doubt() const { return 0.4F; }
  /// A look is not worth its cost before this time after the last one.
  [[nodiscard]] virtual Duration patience() const { return {}; }
};

/// YuNet (Wu et al., 2023, doi:10.1007/s11633-023-1423-y). Throws `Error{model}` when the bytes are no such
/// net.
[[nodiscard]] std::unique_ptr<FaceDetector> make_yunet(std::span<const std::byte> onnx);

/// The best cascade that OpenCV's data hold, or nothing when there is none.
[[nodiscard]] std::unique_ptr<FaceDetector> make_cascade();

/// YuNet, else a cascade, else nothing. Throws `Error{model}` when YuNet's file is not what it should be.
[[nodiscard]] std::unique_ptr<FaceDetector> make_face_detector();

/// Leaves out every face that overlaps a better one. `faces` come in any order; the result is best first.
[[nodiscard]] std::vector<FoundFace> without_doubles(std::vector<FoundFace> faces);

}  // namespace invigil::vision
