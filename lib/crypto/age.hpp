// age v1 (age-encryption.org/v1): header, stanzas and payload. Internal: recordings need the parts.
#pragma once

#include "crypto/buffered_source.hpp"
#include "crypto/payload.hpp"
#include "crypto/primitives.hpp"

#include <invigil/crypto.hpp>
#include <invigil/io.hpp>
#include <invigil/passphrase.hpp>

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

/// Throws `Error{bad_header}` with the line that is wrong.
[[nodiscard]] Header read_header(BufferedSource& source);
/// The whole header, its MAC included.
[[nodiscard]] std::string write_header(const FileKey& key, std::span<const Stanza> stanzas);

/// The header of an age file with this key: each recipient can get the key back from it. Throws
/// `Error{argument}` without recipients.
[[nodiscard]] std::string header_for(const FileKey& key, std::span<const Recipient> recipients);

/// X25519 recipients. `unwrap` gives nothing for another's stanza and throws `Error{bad_header}` for a
/// malformed one; `where` names the file.
[[nodiscard]] Stanza wrap_x25519(const FileKey& key, const Recipient& recipient);
[[nodiscard]] std::optional<FileKey> unwrap_x25519(const Stanza& stanza, const Identity& identity,
                                                   const std::string& where);

/// A passphrase's stanza, which must stand alone. `work_factor`: 1 to 30. `unwrap` gives nothing for a wrong
/// passphrase, and throws `Error{bad_header}` also for more work than `max_work_factor`.
[[nodiscard]] Stanza wrap_scrypt(const FileKey& key, const Passphrase& passphrase, int work_factor);
[[nodiscard]] std::optional<FileKey> unwrap_scrypt(const Stanza& stanza, const Passphrase& passphrase,
                                                   int max_work_factor, const std::string& where);

/// What may open a header.
struct Keys {
  std::span<const Identity> identities;
  std::span<const Passphrase> passphrases;
  int max_work_factor = PassphraseOptions{}.max_work_factor;
};
/// The file key, once the header's MAC is right. Throws as `invigil::decrypt` does; `where` names the file.
[[nodiscard]] FileKey open_header(const Header& header, const Keys& keys, const std::string& where);
[[nodiscard]] inline FileKey open_header(const Header& header, std::span<const Identity> identities,
                                         const std::string& where) {
  return open_header(header, Keys{identities, {}}, where);
}

/// The key that the payload after `nonce` is sealed with.
[[nodiscard]] Key payload_key(const FileKey& key, ByteView nonce);

/// Commits to the file key. ChaCha20-Poly1305 does not: one ciphertext can open under two keys.
[[nodiscard]] Digest key_commitment(const FileKey& key);

/// A whole age file in memory.
struct Sealed {
  std::size_t header_size = 0;
  std::size_t payload_size = 0;  ///< From the nonce on.
  Digest commitment{};
};

/// All of an age file that does not depend on its content: most of the time that a small one takes. It is
/// used up by one file, as its key seals one payload only.
struct Prepared {
  std::string header;
  std::array<std::byte, payload_nonce_size> nonce{};
  Key payload_key;
  Digest commitment{};
};
[[nodiscard]] Prepared prepare(std::span<const Recipient> recipients);

/// Appends one to `out`.
Sealed seal_into(std::vector<std::byte>& out, ByteView plaintext, Prepared prepared);

/// An age file whose header has been opened.
struct Opened {
  std::unique_ptr<ByteSource> plaintext;
  Digest commitment{};
};
/// Throws as `invigil::decrypt` does.
[[nodiscard]] Opened open_age(std::unique_ptr<ByteSource> source, const Keys& keys);
[[nodiscard]] inline Opened open_age(std::unique_ptr<ByteSource> source,
                                     std::span<const Identity> identities) {
  return open_age(std::move(source), Keys{identities, {}});
}

}  // namespace invigil::crypto
