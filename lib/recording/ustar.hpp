// POSIX ustar headers (IEEE 1003.1-2001, pax: "ustar Interchange Format"), with every field that a recording
// has no use for fixed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace invigil::recording {

inline constexpr std::size_t block_size = 512;
using Block = std::array<std::byte, block_size>;

/// The largest size that fits the field: 8 GiB - 1.
inline constexpr std::uint64_t max_member_size = (std::uint64_t{1} << 33) - 1;

/// `name`: at most 100 characters; `size`: at most `max_member_size`.
[[nodiscard]] Block ustar_header(std::string_view name, std::uint64_t size);

struct TarHeader {
  std::string name;
  std::uint64_t size = 0;
  bool canonical = false;  ///< Exactly what `ustar_header` writes.
};
/// Nothing when it is no ustar header or its checksum is wrong. Lenient otherwise, so that the content of a
/// member is found although a field is not as it should be.
[[nodiscard]] std::optional<TarHeader> parse_ustar(const Block& block);

[[nodiscard]] constexpr std::uint64_t padding_after(std::uint64_t size) {
  return (block_size - size % block_size) % block_size;
}

}  // namespace invigil::recording
