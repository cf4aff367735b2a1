// Where the candidate's eyes look.
#pragma once

#include <invigil/export.hpp>
#include <invigil/frame.hpp>
#include <invigil/observation.hpp>
#include <invigil/stream.hpp>

#include <memory>
#include <string>

namespace invigil {

struct FindGazeOptions {
  /// Pictures a second to look at; 0 means every picture. Default: 2.
  double rate = 2.0;
  /// Faces below are left out, in [0, 1]. Default: 0.8.
  double confidence = 0.8;
};

/// Frames -> faces, the largest of them with its pose and `Face::gaze`, by FaceMesh and MediaPipe's Iris.
/// Closed eyes, and eyes that are too small or too hidden to tell, have no gaze. Without the models none has;
/// `detector()` says so.
///
/// A gaze says little by itself: it is held against the candidate's own (`gaze_away`).
class INVIGIL_API FindGaze final : public Stage<Frame, Faces> {
 public:
  /// Throws `Error{argument}` for options out of range, `Error{model}` when a model's file has another
  /// digest.
  explicit FindGaze(FindGazeOptions options = {});
  ~FindGaze() override;
  FindGaze(FindGaze&&) noexcept;
  FindGaze& operator=(FindGaze&&) noexcept;
  void process(Frame frame, const Emit<Faces>& emit) override;
  [[nodiscard]] std::string name() const override { return "find gaze"; }
  /// "iris" or "none".
  [[nodiscard]] std::string detector() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
