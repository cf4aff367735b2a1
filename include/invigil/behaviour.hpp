// Detectors and flags as stages, each usable alone.
#pragma once

#include <invigil/audio.hpp>
#include <invigil/event.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/frame.hpp>
#include <invigil/observation.hpp>
#include <invigil/policy.hpp>
#include <invigil/stream.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace invigil {

struct FindFacesOptions {
  /// Pictures a second to look at; 0 means every picture. Default: 5.
  double rate = 5.0;
  /// Faces below are left out, in [0, 1]. Default: 0.8.
  double confidence = 0.8;
};

/// Frames -> faces. YuNet by way of OpenCV's dnn, or OpenCV's own cascades where the model is absent;
/// `detector()` says which. With neither nothing is seen, at quality 0.
class INVIGIL_API FindFaces final : public Stage<Frame, Faces> {
 public:
  /// Throws `Error{argument}` for options out of range, `Error{model}` when YuNet's file has another digest.
  explicit FindFaces(FindFacesOptions options = {});
  ~FindFaces() override;
  FindFaces(FindFaces&&) noexcept;
  FindFaces& operator=(FindFaces&&) noexcept;
  void process(Frame frame, const Emit<Faces>& emit) override;
  [[nodiscard]] std::string name() const override { return "find faces"; }
  /// "yunet-2023mar", "cascade (fallback)" or "none".
  [[nodiscard]] std::string detector() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct CheckPictureOptions {
  /// Pictures a second to look at; 0 means every picture. Default: 5.
  double rate = 5.0;
};

/// Frames -> picture health: dark, covered, frozen or fine, and whether its size changed.
class INVIGIL_API CheckPicture final : public Stage<Frame, PictureHealth> {
 public:
  explicit CheckPicture(CheckPictureOptions options = {});
  ~CheckPicture() override;
  CheckPicture(CheckPicture&&) noexcept;
  CheckPicture& operator=(CheckPicture&&) noexcept;
  void process(Frame frame, const Emit<PictureHealth>& emit) override;
  [[nodiscard]] std::string name() const override { return "check picture"; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Sound -> one `Speech` per 32 ms. Silero's net on Eigen; without the model only levels are told.
class INVIGIL_API FindSpeech final : public Stage<AudioBlock, Speech> {
 public:
  /// Throws `Error{model}` when Silero's file has another digest.
  FindSpeech();
  ~FindSpeech() override;
  FindSpeech(FindSpeech&&) noexcept;
  FindSpeech& operator=(FindSpeech&&) noexcept;
  void process(AudioBlock block, const Emit<Speech>& emit) override;
  void finish(const Emit<Speech>& emit) override;
  [[nodiscard]] Timestamp horizon(Timestamp seen) const override;
  [[nodiscard]] std::string name() const override { return "find speech"; }
  /// "silero-vad" or "none".
  [[nodiscard]] std::string detector() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
