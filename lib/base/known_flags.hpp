// Every flag that the library knows: its kind and its defaults.
#pragma once

#include <invigil/flag.hpp>
#include <invigil/policy.hpp>

#include <span>
#include <string_view>

namespace invigil {

struct KnownFlag {
  std::string_view name;
  FlagKind kind = FlagKind::behaviour;
  double longer_than_s = 0;
  double weight = 1;
  double per_hour = 1;
  /// Certain enough, each on its own, to need no comparison with what is usual: see lib/score/README.md.
  bool hard = false;
};

/// In alphabetical order within a kind.
[[nodiscard]] std::span<const KnownFlag> known_flags() noexcept;
/// Null for an unknown name.
[[nodiscard]] const KnownFlag* known_flag(std::string_view name) noexcept;

}  // namespace invigil
