// A recording that is played in place of the camera.
#pragma once

#include <invigil/export.hpp>
#include <invigil/frame.hpp>
#include <invigil/observation.hpp>
#include <invigil/stream.hpp>

#include <memory>
#include <string>

namespace invigil {

/// Frames -> how far the last 2 s repeat what was seen 2 s to 10 min before: normalised cross-correlation of
/// 32x18 grey pictures, five a second, less their mean over 2 s and over the picture. Emits from 4 s on,
/// where something moves.
class INVIGIL_API FindRepetition final : public Stage<Frame, Repetition> {
 public:
  FindRepetition();
  ~FindRepetition() override;
  FindRepetition(FindRepetition&&) noexcept;
  FindRepetition& operator=(FindRepetition&&) noexcept;
  void process(Frame frame, const Emit<Repetition>& emit) override;
  [[nodiscard]] std::string name() const override { return "find repetition"; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
