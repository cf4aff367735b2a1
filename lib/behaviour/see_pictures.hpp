// All that is looked for in pictures, in one pass.
#pragma once

#include "behaviour/attention.hpp"

#include <invigil/behaviour.hpp>

#include <map>
#include <memory>
#include <string>

namespace invigil::behaviour {

struct SeePicturesOptions {
  /// Faces below are left out. Default: 0.8.
  double confidence = 0.8;
  /// The candidate, from the identity step. Default: none.
  Image portrait = {};
  /// Who may ask for five pictures a second. Default: nobody.
  std::shared_ptr<const Attention> attention = nullptr;
};

/// Frames -> one observation for every picture that is looked at: five a second, two while the candidate sits
/// still. Each detector looks as often as it needs to.
class SeePictures final : public Stage<Frame, PictureObservation> {
 public:
  /// Throws `Error{model}` when a model's file has another digest.
  explicit SeePictures(SeePicturesOptions options = {});
  ~SeePictures() override;
  SeePictures(SeePictures&&) noexcept;
  SeePictures& operator=(SeePictures&&) noexcept;
  void process(Frame frame, const Emit<PictureObservation>& emit) override;
  [[nodiscard]] std::string name() const override { return "see pictures"; }
  /// What each thing is found by: "faces", "head_pose", "gaze", "objects", "same_person"; "none" where the
  /// model is absent.
  [[nodiscard]] std::map<std::string, std::string> detectors() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::behaviour
