// Things that an exam is better without.
#pragma once

#include <invigil/export.hpp>
#include <invigil/frame.hpp>
#include <invigil/observation.hpp>
#include <invigil/stream.hpp>

#include <memory>
#include <string>

namespace invigil {

struct FindObjectsOptions {
  /// Pictures a second to look at; 0 means every picture. Default: 0.5, since a look takes as long as ten for
  /// faces.
  double rate = 0.5;
  /// Looks at nine parts of every picture as well, so that small things far away are found, at ten times the
  /// cost. Default: false, which does so in the first picture only.
  bool closely = false;
};

/// Frames -> phones, books, laptops and persons, by PicoDet-S. Without its model nothing is emitted;
/// `detector()` says so.
class INVIGIL_API FindObjects final : public Stage<Frame, Objects> {
 public:
  /// Throws `Error{argument}` for a rate out of range, `Error{model}` when the model's file has another
  /// digest.
  explicit FindObjects(FindObjectsOptions options = {});
  ~FindObjects() override;
  FindObjects(FindObjects&&) noexcept;
  FindObjects& operator=(FindObjects&&) noexcept;
  void process(Frame frame, const Emit<Objects>& emit) override;
  [[nodiscard]] std::string name() const override { return "find objects"; }
  /// "picodet-s-416" or "none".
  [[nodiscard]] std::string detector() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
