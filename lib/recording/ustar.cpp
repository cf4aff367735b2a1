#include "recording/ustar.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace invigil::recording {

namespace {

struct Field {
  std::size_t offset, size;
};
constexpr Field name_field{0, 100}, mode_field{100, 8}, uid_field{108, 8}, gid_field{116, 8},
    size_field{124, 12}, mtime_field{136, 12}, checksum_field{148, 8}, type_field{156, 1},
    magic_field{257, 8}, major_field{329, 8}, minor_field{337, 8}, prefix_field{345, 155};
constexpr std::string_view magic{
    "ustar\0"
    "00",
    8};

void put(Block& block, Field field, std::string_view text) {
  std::memcpy(block.data() + field.offset, text.data(), std::min(text.size(), field.size));
}
std::string_view get(const Block& block, Field field) {
  return {reinterpret_cast<const char*>(block.data()) + field.offset, field.size};
}

/// Of all bytes, with the checksum itself taken as spaces.
unsigned checksum(const Block& block) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= checksum_field.offset && i < checksum_field.offset + checksum_field.size;
    sum += own ? unsigned{' '} : std::to_integer<unsigned>(block[i]);
  }
  return sum;
}

std::optional<std::uint64_t> parse_octal(std::string_view text) {
  while (!text.empty() && (text.back() == '\0' || text.back() == ' ')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '7') return std::nullopt;
    value = value * 8 + static_cast<std::uint64_t>(c - '0');  // 12 digits: cannot overflow
  }
  return value;
}

}  // namespace

Block ustar_header(std::string_view name, std::uint64_t size) {
  Block block{};
  put(block, name_field, name);
  put(block, mode_field, "0000644");
  put(block, uid_field, "0000000");
  put(block, gid_field, "0000000");
  put(block, size_field, fmt::format("{:011o}", size));
  put(block, mtime_field, "00000000000");
  put(block, type_field, "0");
  put(block, magic_field, magic);
  put(block, major_field, "0000000");
  put(block, minor_field, "0000000");
  put(block, checksum_field, fmt::format("{:06o}", checksum(block)));
  block[checksum_field.offset + 6] = std::byte{0};
  block[checksum_field.offset + 7] = std::byte{' '};
  return block;
}

std::optional<TarHeader> parse_ustar(const Block& block) {
  if (get(block, magic_field).substr(0, 5) != magic.substr(0, 5)) return std::nullopt;
  const auto sum = parse_octal(get(block, checksum_field));
  const auto size = parse_octal(get(block, size_field));
  if (!sum || *sum != checksum(block) || !size) return std::nullopt;
  TarHeader header;
  const std::string_view name = get(block, name_field);
  header.name = name.substr(0, name.find('\0'));
  const char type = get(block, type_field)[0];
  // Only a regular file has content of its own; another type is none of ours, whatever its name.
  if (type != '0' && type != '\0') header.name.clear();
  if (get(block, prefix_field)[0] != '\0') header.name.clear();
  header.size = *size;
  header.canonical = header.size <= max_member_size && ustar_header(header.name, header.size) == block;
  return header;
}

}  // namespace invigil::recording
