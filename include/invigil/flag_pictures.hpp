// All flags on pictures that a policy asks for.
#pragma once

#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/observation.hpp>
#include <invigil/policy.hpp>
#include <invigil/stream.hpp>

#include <memory>
#include <string>

namespace invigil {

/// What was seen -> `face_absent`, `multiple_faces`, `other_person`, `head_away`, `phone`, `book`,
/// `second_screen_device`, `camera_covered`, `camera_frozen`, `camera_loop`, and the technical `low_light`,
/// `blurred`, `detector_unsure` and `resolution_changed`. While the camera is covered, dark, frozen or looped
/// nothing is said about the candidate: what cannot be seen is not suspicious.
///
/// A picture that stands still is `camera_frozen` only while a face is in it: an empty room stands still too.
class INVIGIL_API FlagPictures final : public Stage<PictureObservation, Flag> {
 public:
  explicit FlagPictures(const Policy& policy = {});
  ~FlagPictures() override;
  FlagPictures(FlagPictures&&) noexcept;
  FlagPictures& operator=(FlagPictures&&) noexcept;
  void process(PictureObservation seen, const Emit<Flag>& emit) override;
  void finish(const Emit<Flag>& emit) override;
  [[nodiscard]] Timestamp horizon(Timestamp seen) const override;
  /// Of what may become a flag, the strongest evidence now, in [0, 1]; above 0.3 pictures deserve a closer
  /// look.
  [[nodiscard]] double evidence() const;
  [[nodiscard]] std::string name() const override { return "flag pictures"; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
