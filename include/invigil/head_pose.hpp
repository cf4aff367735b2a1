// Which way the candidate's head is turned.
#pragma once

#include <invigil/export.hpp>
#include <invigil/frame.hpp>
#include <invigil/observation.hpp>
#include <invigil/stream.hpp>

#include <memory>
#include <string>

namespace invigil {

struct FindHeadPoseOptions {
  /// Pictures a second to look at; 0 means every picture. Default: 5.
  double rate = 5.0;
  /// Faces below are left out, in [0, 1]. Default: 0.8.
  double confidence = 0.8;
};

/// Frames -> faces, the largest of them with its pose: 27 of FaceMesh's points and perspective-n-point; of
/// profiles, from about 45 degrees on, the yaw of YuNet's five points. Without YuNet and FaceMesh no pose is
/// told; `detector()` says so.
///
/// Mean error to be expected: 6 degrees of yaw, 8 of pitch; pitch is zero when the line from hairline to chin
/// is upright.
class INVIGIL_API FindHeadPose final : public Stage<Frame, Faces> {
 public:
  /// Throws `Error{argument}` for options out of range, `Error{model}` when a model's file has another
  /// digest.
  explicit FindHeadPose(FindHeadPoseOptions options = {});
  ~FindHeadPose() override;
  FindHeadPose(FindHeadPose&&) noexcept;
  FindHeadPose& operator=(FindHeadPose&&) noexcept;
  void process(Frame frame, const Emit<Faces>& emit) override;
  [[nodiscard]] std::string name() const override { return "find head pose"; }
  /// "facemesh-468" or "none".
  [[nodiscard]] std::string detector() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
