// From pictures that change their size to `resolution_changed`.
#pragma once

#include <invigil/flag.hpp>
#include <invigil/image.hpp>
#include <invigil/observation.hpp>
#include <invigil/stream.hpp>

#include <optional>

namespace invigil::behaviour {

/// Changes at most 2 s apart are one flag with their number, up to a minute. Technical: a camera, a browser
/// or a weak connection does that by itself, and what it does to a picture may be why a detector erred.
class ResolutionChanges {
 public:
  void add(const PictureHealth& picture, const Emit<Flag>& emit);
  void finish(const Emit<Flag>& emit);
  /// No flag still to come ends before, given that time has reached `seen`.
  [[nodiscard]] Timestamp horizon(Timestamp seen) const;

 private:
  struct Held {
    Timestamp begin{}, end{};
    int count = 0;
    PictureSize smallest{}, largest{};
  };
  void take(const PictureHealth& picture, const Emit<Flag>& emit);
  void release(Timestamp session_end, const Emit<Flag>& emit);

  std::optional<Timestamp> first_;
  Timestamp last_{};
  PictureSize size_{};  ///< Of the picture before.
  std::optional<Held> held_;
};

}  // namespace invigil::behaviour
