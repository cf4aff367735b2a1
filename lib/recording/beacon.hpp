// What an entry's beacon can say: a cosignature, what an earlier part ended with, or something of the
// embedder's. FORMAT.md specifies every byte.
#pragma once

#include "crypto/cosignature.hpp"
#include "recording/entry.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace invigil::recording {

/// The largest beacon that an embedder may give.
inline constexpr std::size_t max_beacon_size = 64;

/// A server's signature on the checkpoint over the first `size` members.
struct CosignedHead {
  std::uint64_t size = 0;
  crypto::Cosignature cosignature;

  [[nodiscard]] std::string beacon() const;
  [[nodiscard]] static std::optional<CosignedHead> parse(std::string_view beacon);
};

/// The tree of the part before, as far as its last checkpoint that held.
struct EarlierHead {
  std::uint64_t size = 0;
  Digest root{};

  [[nodiscard]] std::string beacon() const;
  [[nodiscard]] static std::optional<EarlierHead> parse(std::string_view beacon);
  bool operator==(const EarlierHead&) const = default;
};

/// `bytes`: 1 to `max_beacon_size`.
[[nodiscard]] std::string opaque_beacon(std::span<const std::byte> bytes);

}  // namespace invigil::recording
