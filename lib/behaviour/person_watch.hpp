// Whether the face in a stream of pictures is still the candidate's.
#pragma once

#include "behaviour/face_watch.hpp"
#include "vision/same_person.hpp"

#include <optional>
#include <string>

namespace invigil::behaviour {

class PersonWatch {
 public:
  /// `portrait`: the candidate; empty to take the first face that is alone for 5 s. Throws `Error{argument}`
  /// when it shows no face.
  explicit PersonWatch(const Image& portrait = {});
  /// For every picture that faces were looked for in, in order of time. The cosine, when the face was
  /// compared: when it came in, or may have come with a cut, every 5 s, and while in doubt.
  [[nodiscard]] std::optional<float> look(const Image& image, const vision::PictureMeasure& picture,
                                          const WatchedFaces& faces);
  [[nodiscard]] std::string detector() const { return net_.ready() ? "mobilefacenet" : "none"; }

 private:
  [[nodiscard]] bool is_due(Timestamp time) const;
  void enrol(vision::Embedding seen, Timestamp time);

  vision::SamePerson net_;
  std::optional<vision::Embedding> reference_;
  vision::Embedding gathered_;  ///< The sum of what was seen of whom may become the reference.
  std::optional<Timestamp> gathers_since_, compared_at_;
  vision::PictureMeasure before_;
  bool alone_before_ = false;
  bool doubt_ = false;
};

}  // namespace invigil::behaviour
