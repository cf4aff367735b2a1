// Whether it is still the same person who sits there.
#pragma once

#include <invigil/export.hpp>
#include <invigil/frame.hpp>
#include <invigil/image.hpp>
#include <invigil/observation.hpp>
#include <invigil/stream.hpp>

#include <memory>
#include <string>

namespace invigil {

struct ComparePersonOptions {
  /// The candidate, from the identity step. Default: none; the first face that is seen alone for 5 s is
  /// taken.
  Image portrait = {};
  /// Faces below are left out, in [0, 1]. Default: 0.8.
  double confidence = 0.8;
};

/// Frames -> how like the candidate the face in the picture is, by MobileFaceNet: every 5 s, at once when a
/// face comes into the picture, and twice a second while in doubt. Only one face, alone, large enough and
/// seen from the front is compared. Without YuNet and MobileFaceNet nothing is emitted; `detector()` says so.
class INVIGIL_API ComparePerson final : public Stage<Frame, Likeness> {
 public:
  /// Throws `Error{argument}` when the portrait shows no face, `Error{model}` when a model's file has another
  /// digest.
  explicit ComparePerson(ComparePersonOptions options = {});
  ~ComparePerson() override;
  ComparePerson(ComparePerson&&) noexcept;
  ComparePerson& operator=(ComparePerson&&) noexcept;
  void process(Frame frame, const Emit<Likeness>& emit) override;
  [[nodiscard]] std::string name() const override { return "compare person"; }
  /// "mobilefacenet" or "none".
  [[nodiscard]] std::string detector() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
