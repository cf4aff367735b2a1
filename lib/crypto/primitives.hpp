// The few cryptographic primitives that age, notes and the Merkle tree are made of, on OpenSSL's EVP.
#pragma once

#include "crypto/secure_memory.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace invigil::crypto {

using ByteView = std::span<const std::byte>;
using Digest = std::array<std::byte, 32>;
using PublicKey = std::array<std::byte, 32>;
using Nonce = std::array<std::byte, 12>;

inline constexpr std::size_t tag_size = 16;

using Key = Secret<32>;

[[nodiscard]] inline ByteView as_bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

/// From the system's random generator.
void fill_random(std::span<std::byte> out);

/// In time that does not depend on the content. The sizes are public.
[[nodiscard]] bool equal(ByteView a, ByteView b) noexcept;

/// SHA-256 of data that comes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(ByteView data);
  /// Gives the digest and starts again.
  [[nodiscard]] Digest finish();

 private:
  struct Free {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, Free> context_;
};
[[nodiscard]] Digest sha256(ByteView data);

/// RFC 5869 with SHA-256 and 32 bytes of output.
[[nodiscard]] Key hkdf(ByteView secret, ByteView salt, std::string_view info);
[[nodiscard]] Digest hmac(ByteView key, ByteView data);

/// Curve25519 (RFC 7748).
[[nodiscard]] PublicKey x25519_public(const Key& secret);
/// `own` is the public half of `secret`. False when the result is the all-zero value: the peer's point has
/// low order, or is hostile.
[[nodiscard]] bool x25519(const Key& secret, const PublicKey& own, const PublicKey& peer, Key& shared);
/// The same with a fresh secret that is forgotten at once; its public half is `share`.
[[nodiscard]] bool x25519_once(const PublicKey& peer, PublicKey& share, Key& shared);

/// RFC 7914 with r = 8, p = 1 and 32 bytes of output, in 2^log_n KiB of memory. `log_n`: 1 to 40. Throws
/// `Error{io}` when the memory is not there.
[[nodiscard]] Key scrypt(ByteView passphrase, ByteView salt, unsigned log_n);

/// ChaCha20-Poly1305 (RFC 8439) without associated data, under one key. No nonce may be sealed with twice.
class Aead {
 public:
  enum class Direction { seal, open };
  Aead(const Key& key, Direction direction);
  ~Aead();
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;
  /// `out` has room for `plaintext.size() + tag_size` bytes.
  void seal(const Nonce& nonce, ByteView plaintext, std::byte* out);
  /// `out` has room for `sealed.size() - tag_size` bytes. False, with `out` wiped, when not authentic.
  [[nodiscard]] bool open(const Nonce& nonce, ByteView sealed, std::byte* out);

 private:
  struct Free {
    void operator()(void* context) const noexcept;
  };
  std::unique_ptr<void, Free> context_;
};

using Signature = std::array<std::byte, 64>;

/// An Ed25519 key that lives in memory only and is wiped with the object. OpenSSL holds a copy of it while it
/// signs and at no other time.
class SigningKey {
 public:
  [[nodiscard]] static SigningKey generate();
  /// RFC 8032, section 5.1.5: the private key of 32 bytes.
  [[nodiscard]] static SigningKey from_seed(Key seed) { return SigningKey{std::move(seed)}; }
  [[nodiscard]] const Key& seed() const { return seed_; }
  [[nodiscard]] const PublicKey& public_key() const { return public_key_; }
  [[nodiscard]] Signature sign(ByteView message) const;

 private:
  explicit SigningKey(Key seed);
  Key seed_;
  PublicKey public_key_{};
};
[[nodiscard]] bool verify_signature(const PublicKey& key, ByteView message, const Signature& signature);

}  // namespace invigil::crypto
