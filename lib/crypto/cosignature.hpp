// Cosignatures of checkpoints, with the time: C2SP tlog-cosignature, Ed25519 ("cosignature/v1", key type
// 0x04).
#pragma once

#include "crypto/note.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace invigil::crypto {

/// That a cosigner had seen a checkpoint at some time, and nothing that contradicts it.
struct Cosignature {
  KeyId key_id{};
  std::uint64_t time = 0;  ///< Seconds since 1970, below 2^63.
  Signature signature{};

  /// Nothing when the signature is not 72 bytes or the time is out of range.
  [[nodiscard]] static std::optional<Cosignature> from(const NoteSignature& line);
  [[nodiscard]] NoteSignature line(const std::string& name) const;
  /// Whether `key`, of type `cosignature`, made it for `checkpoint`.
  [[nodiscard]] bool holds(const VerifierKey& key, const Checkpoint& checkpoint) const;
};

/// What is signed: `cosignature/v1\ntime <seconds>\n` and the checkpoint's text.
[[nodiscard]] std::string cosigned_message(const Checkpoint& checkpoint, std::uint64_t time);

[[nodiscard]] Cosignature cosign(const Checkpoint& checkpoint, const VerifierKey& key,
                                 const SigningKey& secret, std::uint64_t time);

}  // namespace invigil::crypto
