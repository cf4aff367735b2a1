// Which keys of a recording are to be destroyed.
#pragma once

#include "recording/scan.hpp"

#include <invigil/shred.hpp>

#include <span>
#include <string>
#include <vector>

namespace invigil::recording {

struct ShredPlan {
  std::vector<ByteRange> wipe;  ///< To be zeros; ascending, and none touches another.
  std::uint64_t end = 0;        ///< What lies behind goes, and
  std::string ending;           ///< this takes its place.
  ShredReport report;
  bool changes = false;  ///< There is anything to do.
};

/// Throws as `invigil::shred` does.
[[nodiscard]] ShredPlan plan_shred(ByteSource& recording, const Scan& scan,
                                   std::span<const Identity> identities, const ShredOptions& options);

}  // namespace invigil::recording
