// Whether two faces are of one person: a number for staff, never a verdict.
#pragma once

#include "vision/faces.hpp"

#include <memory>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::vision {

/// Of length 1.
using Embedding = std::vector<float>;

/// MobileFaceNet (Chen et al., 2018, arXiv:1804.07573) on faces that are brought to where its training had
/// them.
class SamePerson {
 public:
  /// Without the model, `ready()` is false. Throws `Error{model}` when its file has another digest.
  SamePerson();
  ~SamePerson();
  SamePerson(SamePerson&&) noexcept;
  SamePerson& operator=(SamePerson&&) noexcept;
  [[nodiscard]] bool ready() const { return impl_ != nullptr; }
  /// rgb: 8-bit. Nothing without the model, or when the face has no points (a cascade found it).
  [[nodiscard]] std::optional<Embedding> look(const cv::Mat& rgb, const FoundFace& face);
  [[nodiscard]] std::optional<Embedding> look(const Image& image, const FoundFace& face);
  /// The cosine of the angle between two embeddings, in [-1, 1]; 0 when they are not of one length.
  [[nodiscard]] static double cosine(const Embedding& a, const Embedding& b);
  /// 0 to 1, from that angle.
  [[nodiscard]] static double confidence(const Embedding& a, const Embedding& b);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Brought to length 1.
[[nodiscard]] Embedding of_length_one(Embedding e);

}  // namespace invigil::vision
