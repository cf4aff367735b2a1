// Bytes as text: base64 in its two strict forms, and bech32.
#pragma once

#include "crypto/primitives.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace invigil::crypto {

/// RFC 4648 with padding, as notes and keys of verifiers use it.
[[nodiscard]] std::string base64(ByteView bytes);
/// Nothing unless `text` is exactly what `base64` would have written: no white space, no stray bits.
[[nodiscard]] std::optional<std::vector<std::byte>> parse_base64(std::string_view text);

/// The same without padding, as age uses it.
[[nodiscard]] std::string raw_base64(ByteView bytes);
[[nodiscard]] std::optional<std::vector<std::byte>> parse_raw_base64(std::string_view text);

[[nodiscard]] std::string hex(ByteView bytes);

/// BIP 173, without its limit of 90 characters, which age lifts. Lower case.
[[nodiscard]] std::string bech32(std::string_view prefix, ByteView bytes);
struct Bech32 {
  std::string prefix;  ///< Lower case.
  SecureBytes bytes;   ///< May be a private key.
};
/// Nothing, and the reason in `why`, when it does not parse. All lower or all upper case.
[[nodiscard]] std::optional<Bech32> parse_bech32(std::string_view text, std::string& why);

}  // namespace invigil::crypto
