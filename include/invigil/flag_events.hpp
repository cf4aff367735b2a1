// Flags on what the exam platform tells.
#pragma once

#include <invigil/event.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/policy.hpp>
#include <invigil/stream.hpp>

#include <string>

namespace invigil {

/// What the exam platform told -> a flag of the same name. Those that the library does not know become
/// milestones: kept, never scored.
class INVIGIL_API FlagEvents final : public Stage<PlatformEvent, Flag> {
 public:
  explicit FlagEvents(Policy policy = {});
  void process(PlatformEvent event, const Emit<Flag>& emit) override;
  [[nodiscard]] std::string name() const override { return "flag events"; }

 private:
  Policy policy_;
};

}  // namespace invigil
