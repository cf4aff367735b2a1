// Signed notes, their verifier keys and tree heads: C2SP signed-note and tlog-checkpoint, Ed25519.
#pragma once

#include "crypto/primitives.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace invigil::crypto {

/// What a key signs: tree heads as their own log (0x01), or those of others with the time (0x04).
enum class KeyType : std::uint8_t { ed25519 = 0x01, cosignature = 0x04 };

using KeyId = std::array<std::byte, 4>;
/// The first four bytes of SHA-256(name || 0x0A || type || key).
[[nodiscard]] KeyId key_id(std::string_view name, KeyType type, const PublicKey& key);

/// Whether `name` can be the name of a key: printable ASCII without space and plus.
[[nodiscard]] bool is_key_name(std::string_view name);

/// The public half of a signing key, with the name it signs under: `<name>+<key id>+<base64 of type and
/// key>`.
struct VerifierKey {
  std::string name;
  PublicKey key{};
  KeyType type = KeyType::ed25519;

  /// Nothing unless it is a key of that type.
  [[nodiscard]] static std::optional<VerifierKey> parse(std::string_view text,
                                                        KeyType type = KeyType::ed25519);
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] KeyId id() const { return key_id(name, type, key); }
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
  KeyId key_id{};
  Signature signature{};

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] bool signed_by(const VerifierKey& key) const;
};
/// Nothing unless `note` is exactly what `to_string` would write.
[[nodiscard]] std::optional<SignedCheckpoint> parse_checkpoint(std::string_view note);

/// One line below a note: who signed, and how.
struct NoteSignature {
  std::string name;
  KeyId key_id{};
  std::vector<std::byte> signature;  ///< Of a log: 64 bytes. Of a cosigner: 8 bytes of time before them.

  /// `— <name> <base64 of key id and signature>`, with its line feed.
  [[nodiscard]] std::string line() const;
  [[nodiscard]] static std::optional<NoteSignature> parse(std::string_view line);
};
/// A checkpoint with the signatures of any number of keys.
struct CheckpointNote {
  Checkpoint checkpoint;
  std::vector<NoteSignature> signatures;  ///< At least one, at most 64.

  [[nodiscard]] std::string to_string() const;
  /// Nothing unless `note` is exactly what `to_string` would write. No extension lines.
  [[nodiscard]] static std::optional<CheckpointNote> parse(std::string_view note);
  /// Of a log's key: at least one line is of it, and none of its lines is wrong.
  [[nodiscard]] bool signed_by(const VerifierKey& key) const;
};

/// A decimal number as canonical text: no sign, no leading zero. Nothing else, and nothing above `max`.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text,
                                                        std::uint64_t max = UINT64_MAX);

/// Takes what stands before the next `separator` off the front of `text`. Nothing when there is none.
[[nodiscard]] std::optional<std::string_view> take_until(std::string_view& text, char separator);

}  // namespace invigil::crypto
