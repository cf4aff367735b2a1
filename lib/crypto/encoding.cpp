#include "crypto/encoding.hpp"

#include <cctype>
#include <cstdint>

#include <openssl/evp.h>

namespace invigil::crypto {

namespace {

// What is written in bech32 may be a private key: everything in between lies in secure memory.
using Groups = std::vector<std::uint8_t, SecureAllocator<std::uint8_t>>;
using SecureString = std::basic_string<char, std::char_traits<char>, SecureAllocator<char>>;

constexpr std::string_view bech32_alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// The BCH checksum of BIP 173.
class Checksum {
 public:
  explicit Checksum(std::string_view prefix) {
    for (const char c : prefix) add(static_cast<unsigned char>(c) >> 5);
    add(0);
    for (const char c : prefix) add(static_cast<unsigned char>(c) & 31U);
  }
  void add(unsigned value) {
    constexpr std::uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    const std::uint32_t top = state_ >> 25;
    state_ = ((state_ & 0x1ffffff) << 5) ^ value;
    for (unsigned i = 0; i < 5; ++i)
      if (top >> i & 1U) state_ ^= generator[i];
  }
  [[nodiscard]] std::uint32_t value() const { return state_; }

 private:
  std::uint32_t state_ = 1;
};

/// 8-bit groups to 5-bit groups, filled up with zeros.
Groups to_groups(ByteView bytes) {
  Groups groups;
  groups.reserve(bytes.size() * 8 / 5 + 1);
  unsigned held = 0, bits = 0;
  for (const std::byte b : bytes) {
    held = (held << 8 | std::to_integer<unsigned>(b)) & 0xfffU;
    for (bits += 8; bits >= 5; bits -= 5) groups.push_back(held >> (bits - 5) & 31U);
  }
  if (bits > 0) groups.push_back(held << (5 - bits) & 31U);
  return groups;
}

/// The way back; nothing when the filling is longer than needed or is not zero.
std::optional<SecureBytes> from_groups(std::span<const std::uint8_t> groups) {
  SecureBytes bytes;
  bytes.reserve(groups.size() * 5 / 8);
  unsigned held = 0, bits = 0;
  for (const std::uint8_t group : groups) {
    held = (held << 5 | group) & 0xfffU;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(std::byte(held >> bits & 0xffU));
  }
  if (bits >= 5 || (held & ((1U << bits) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::string base64(ByteView bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // EVP ends it with a NUL
  const int n =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(n));
  return text;
}

std::optional<std::vector<std::byte>> parse_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::vector<std::byte> bytes(text.size() / 4 * 3);
  const int n =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (n < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  if (static_cast<std::size_t>(n) < padding) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(n) - padding);
  if (base64(bytes) != text) return std::nullopt;  // OpenSSL tolerates white space and stray bits
  return bytes;
}

std::string raw_base64(ByteView bytes) {
  std::string text = base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::optional<std::vector<std::byte>> parse_raw_base64(std::string_view text) {
  if (text.find('=') != std::string_view::npos) return std::nullopt;
  std::string padded{text};
  padded.append((4 - text.size() % 4) % 4, '=');
  return parse_base64(padded);
}

std::string hex(ByteView bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    text += digits[std::to_integer<unsigned>(b) >> 4];
    text += digits[std::to_integer<unsigned>(b) & 15U];
  }
  return text;
}

std::string bech32(std::string_view prefix, ByteView bytes) {
  std::string text{prefix};
  text += '1';
  text.reserve(prefix.size() + bytes.size() * 8 / 5 + 8);
  Checksum checksum{prefix};
  for (const std::uint8_t group : to_groups(bytes)) {
    text += bech32_alphabet[group];
    checksum.add(group);
  }
  for (int i = 0; i < 6; ++i) checksum.add(0);
  const std::uint32_t sum = checksum.value() ^ 1U;
  for (unsigned i = 0; i < 6; ++i) text += bech32_alphabet[sum >> (5 * (5 - i)) & 31U];
  return text;
}

std::optional<Bech32> parse_bech32(std::string_view text, std::string& why) {
  const auto fail = [&](const char* reason) {
    why = reason;
    return std::nullopt;
  };
  SecureString lower{text};
  bool has_lower = false, has_upper = false;
  for (char& c : lower) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 33 || u > 126) return fail("holds a character that no key has");
    has_lower = has_lower || std::islower(u);
    has_upper = has_upper || std::isupper(u);
    c = static_cast<char>(std::tolower(u));
  }
  if (has_lower && has_upper) return fail("mixes upper and lower case");
  const std::size_t separator = lower.rfind('1');
  if (separator == std::string::npos || separator == 0) return fail("has no prefix such as \"age1\"");
  if (lower.size() - separator - 1 < 6) return fail("is too short");

  Bech32 result;
  result.prefix = std::string_view{lower}.substr(0, separator);
  Checksum checksum{result.prefix};
  Groups groups;
  groups.reserve(lower.size());
  for (const char c : std::string_view{lower}.substr(separator + 1)) {
    const std::size_t group = bech32_alphabet.find(c);
    if (group == std::string_view::npos) return fail("holds a character that no key has");
    groups.push_back(static_cast<std::uint8_t>(group));
    checksum.add(static_cast<unsigned>(group));
  }
  const bool sums = checksum.value() == 1;
  auto bytes = sums ? from_groups(std::span{groups}.first(groups.size() - 6)) : std::nullopt;
  if (!sums) return fail("does not fit its checksum: a character is mistyped or missing");
  if (!bytes) return fail("is not canonical");
  result.bytes = std::move(*bytes);
  return result;
}

}  // namespace invigil::crypto
