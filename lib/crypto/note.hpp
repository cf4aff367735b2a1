// Signed notes, their verifier keys and tree heads: C2SP signed-note and tlog-checkpoint, Ed25519.
#pragma once

#include "crypto/primitives.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace invigil::crypto {

/// The public half of a signing key, with the name it signs under: `<name>+<key id>+<base64 key>`.
struct VerifierKey {
  std::string name;
  PublicKey key{};

  [[nodiscard]] static std::optional<VerifierKey> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  /// The first four bytes of SHA-256(name || 0x0A || 0x01 || key).
  [[nodiscard]] std::array<std::byte, 4> id() const;
  bool operator==(const VerifierKey&) const = default;
};

/// A tree head: what a log says it holds.
struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Digest root{};

  /// `origin\nsize\nbase64(root)\n`
  [[nodiscard]] std::string text() const;
  bool operator==(const Checkpoint&) const = default;
};

/// The checkpoint's text, an empty line, and a signature line.
[[nodiscard]] std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key);

struct SignedCheckpoint {
  Checkpoint checkpoint;
  std::array<std::byte, 4> key_id{};
  Signature signature{};

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool signed_by(const VerifierKey& key) const;
};
/// Nothing unless `note` is exactly what `to_string` would write.
[[nodiscard]] std::optional<SignedCheckpoint> parse_checkpoint(std::string_view note);

/// A decimal number as canonical text: no sign, no leading zero. Nothing else, and nothing above `max`.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text,
                                                        std::uint64_t max = UINT64_MAX);

/// Takes what stands before the next `separator` off the front of `text`. Nothing when there is none.
[[nodiscard]] std::optional<std::string_view> take_until(std::string_view& text, char separator);

}  // namespace invigil::crypto
