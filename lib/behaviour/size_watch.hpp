// How often the pictures of a stream change their size.
#pragma once

#include <invigil/image.hpp>
#include <invigil/observation.hpp>

#include <optional>
#include <utility>

namespace invigil::behaviour {

/// Given every picture of a stream, also those that are not looked at: a size may come and go between two
/// looks.
class SizeWatch {
 public:
  void pass(const Image& image) {
    const auto size = image.source_size();
    if (last_ && *last_ != size) ++changes_;
    last_ = size;
  }
  /// Whether it changed since the last `tell`.
  [[nodiscard]] bool changed() const { return changes_ > 0; }
  void tell(PictureHealth& health) {
    if (last_) {
      health.width = last_->width;
      health.height = last_->height;
    }
    health.resized = std::exchange(changes_, 0);
  }

 private:
  std::optional<PictureSize> last_;
  int changes_ = 0;
};

}  // namespace invigil::behaviour
