// age v1 (age-encryption.org/v1): header, stanzas and payload. Internal: recordings need the parts.
#pragma once

#include "crypto/primitives.hpp"

#include <invigil/crypto.hpp>
#include <invigil/io.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace invigil::crypto {

using FileKey = Secret<16>;

/// One recipient's way to the file key.
struct Stanza {
  std::vector<std::string> args;  ///< The type first, e.g. "X25519".
  std::vector<std::byte> body;
};

struct Header {
  std::vector<Stanza> stanzas;
  std::string text;  ///< Everything through "---", which the MAC covers.
  Digest mac{};
};

inline constexpr std::size_t max_header_size = std::size_t{1} << 20;
inline constexpr std::size_t payload_nonce_size = 16;
inline constexpr std::size_t chunk_size = std::size_t{64} << 10;

/// Gives a source's bytes again from a buffer, by line or in bulk.
class BufferedSource {
 public:
  explicit BufferedSource(std::unique_ptr<ByteSource> source);
  /// Up to and without the next line feed. Nothing when the input ends, or `limit` is passed, before one.
  [[nodiscard]] std::optional<std::string> line(std::size_t limit);
  /// Fills `out` as far as the input reaches.
  [[nodiscard]] std::size_t read(std::span<std::byte> out);
  [[nodiscard]] std::string name() const { return source_->name(); }

 private:
  bool refill();
  std::unique_ptr<ByteSource> source_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0, end_ = 0;
};

/// Throws `Error{bad_header}` with the line that is wrong.
[[nodiscard]] Header read_header(BufferedSource& source);
/// The whole header, its MAC included.
[[nodiscard]] std::string write_header(const FileKey& key, std::span<const Stanza> stanzas);

/// The header of an age file with this key: each recipient can get the key back from it. Throws
/// `Error{argument}` without recipients.
[[nodiscard]] std::string header_for(const FileKey& key, std::span<const Recipient> recipients);
/// The other way round, the MAC checked. Throws as `invigil::decrypt` does; `where` names the file.
[[nodiscard]] FileKey open_header(const Header& header, std::span<const Identity> identities,
                                  const std::string& where);

/// X25519 recipients. `unwrap` gives nothing for another's stanza and throws `Error{bad_header}` for a
/// malformed one; `where` names the file.
[[nodiscard]] Stanza wrap_x25519(const FileKey& key, const Recipient& recipient);
[[nodiscard]] std::optional<FileKey> unwrap_x25519(const Stanza& stanza, const Identity& identity,
                                                   const std::string& where);

/// The key that the payload after `nonce` is sealed with.
[[nodiscard]] Key payload_key(const FileKey& key, ByteView nonce);

/// The number of a chunk as its nonce. Never repeats under one key: the counter has 88 bits, and every
/// payload has a key of its own.
[[nodiscard]] Nonce chunk_nonce(std::uint64_t counter, bool last);

/// Commits to the file key. ChaCha20-Poly1305 does not: one ciphertext can open under two keys.
[[nodiscard]] Digest key_commitment(const FileKey& key);

/// A whole age file in memory.
struct Sealed {
  std::size_t header_size = 0;
  std::size_t payload_size = 0;  ///< From the nonce on.
  Digest commitment{};
};
/// Appends one to `out`.
Sealed seal_into(std::vector<std::byte>& out, ByteView plaintext, std::span<const Recipient> recipients);

/// An age file whose header has been opened.
struct Opened {
  std::unique_ptr<ByteSource> plaintext;
  Digest commitment{};
};
/// Throws as `invigil::decrypt` does.
[[nodiscard]] Opened open_age(std::unique_ptr<ByteSource> source, std::span<const Identity> identities);

}  // namespace invigil::crypto
