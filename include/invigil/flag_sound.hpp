// All flags on sound that a policy asks for.
#pragma once

#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/observation.hpp>
#include <invigil/policy.hpp>
#include <invigil/stream.hpp>

#include <memory>
#include <string>

namespace invigil {

/// What was heard -> `speech`, and the technical `clipping` and `microphone_muted`.
///
/// `microphone_muted` is digital silence (at most -100 dBFS, where the smallest step of 16 bits is -90), or
/// for 20 times the policy's seconds next to nothing (at most -80 dBFS: an unplugged jack, a gain of zero).
/// `clipping` counts blocks of 32 ms with 2 % of their samples at full scale.
class INVIGIL_API FlagSound final : public Stage<Speech, Flag> {
 public:
  explicit FlagSound(const Policy& policy = {});
  ~FlagSound() override;
  FlagSound(FlagSound&&) noexcept;
  FlagSound& operator=(FlagSound&&) noexcept;
  void process(Speech heard, const Emit<Flag>& emit) override;
  void finish(const Emit<Flag>& emit) override;
  [[nodiscard]] Timestamp horizon(Timestamp seen) const override;
  [[nodiscard]] std::string name() const override { return "flag sound"; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
