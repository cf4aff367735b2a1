// Faces and picture health of the same pictures, joined.
#pragma once

#include <invigil/behaviour.hpp>

#include <string>

namespace invigil::behaviour {

struct SeePicturesOptions {
  /// Faces below are left out. Default: 0.8.
  double confidence = 0.8;
};

/// Frames -> one observation for every picture that is looked at, five a second. The detectors look less
/// closely by themselves while nothing moves.
class SeePictures final : public Stage<Frame, PictureObservation> {
 public:
  explicit SeePictures(SeePicturesOptions options = {});
  void process(Frame frame, const Emit<PictureObservation>& emit) override;
  [[nodiscard]] std::string name() const override { return "see pictures"; }
  [[nodiscard]] std::string detector() const { return faces_.detector(); }

 private:
  FindFaces faces_;
  CheckPicture health_;
};

}  // namespace invigil::behaviour
