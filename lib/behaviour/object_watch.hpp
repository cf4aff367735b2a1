// When a stream of pictures is looked through for objects.
#pragma once

#include "behaviour/face_watch.hpp"
#include "vision/picodet.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace invigil::behaviour {

/// The first picture closely, in nine parts as well. Then every 3 s, 2 s while something is there; once a
/// second while something moves below the face, where hands are, and until what was found was looked at three
/// times.
class ObjectWatch {
 public:
  ObjectWatch() : finder_(vision::make_object_finder()) {}
  /// For every picture, in order of time. Nothing when this one is not looked through.
  [[nodiscard]] std::optional<std::vector<Object>> look(const Image& image,
                                                        const vision::PictureMeasure& picture,
                                                        const WatchedFaces& faces);
  [[nodiscard]] std::string detector() const { return finder_ ? "picodet-s-416" : "none"; }

 private:
  [[nodiscard]] bool is_due(Timestamp time) const;

  std::unique_ptr<vision::ObjectFinder> finder_;
  cv::Mat before_;
  std::optional<Timestamp> looked_at_;
  bool moves_ = false;
  int found_in_a_row_ = 0;
};

}  // namespace invigil::behaviour
