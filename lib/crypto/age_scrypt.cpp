// The scrypt recipient type of age v1: passphrases.
#include "crypto/age.hpp"
#include "crypto/encoding.hpp"
#include "crypto/note.hpp"

#include <invigil/error.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace invigil::crypto {

namespace {

constexpr std::string_view label = "age-encryption.org/v1/scrypt";
constexpr std::size_t salt_size = 16;
constexpr std::size_t body_size = 16 + tag_size;  // the file key and its tag

Key wrapping_key(const Passphrase& passphrase, ByteView salt, int work_factor) {
  std::vector<std::byte> labelled(as_bytes(label).begin(), as_bytes(label).end());
  labelled.insert(labelled.end(), salt.begin(), salt.end());
  return scrypt(as_bytes(passphrase.secret_text()), labelled, static_cast<unsigned>(work_factor));
}

}  // namespace

Stanza wrap_scrypt(const FileKey& key, const Passphrase& passphrase, int work_factor) {
  std::array<std::byte, salt_size> salt;
  fill_random(salt);
  Stanza stanza{{"scrypt", raw_base64(salt), std::to_string(work_factor)}, std::vector<std::byte>(body_size)};
  // The nonce is fixed because the wrapping key is used once: it comes from a fresh salt.
  Aead{wrapping_key(passphrase, salt, work_factor), Aead::Direction::seal}.seal(Nonce{}, key.bytes(),
                                                                                stanza.body.data());
  return stanza;
}

std::optional<FileKey> unwrap_scrypt(const Stanza& stanza, const Passphrase& passphrase, int max_work_factor,
                                     const std::string& where) {
  if (stanza.args.front() != "scrypt") return std::nullopt;
  if (stanza.args.size() != 3)
    throw Error(Errc::bad_header, where, "a scrypt stanza has a wrong number of arguments");
  const auto salt = parse_raw_base64(stanza.args[1]);
  if (!salt || salt->size() != salt_size)
    throw Error(Errc::bad_header, where, "the salt of a scrypt stanza is not 16 bytes of canonical base64");
  const auto work_factor = parse_number(stanza.args[2]);
  if (!work_factor || *work_factor == 0)
    throw Error(Errc::bad_header, where, "the work factor of a scrypt stanza is not a canonical number");
  // Before any work is done, and any of the 2^n KiB are asked for.
  if (*work_factor > static_cast<std::uint64_t>(max_work_factor))
    throw Error(
        Errc::bad_header, where,
        fmt::format("asks for a work factor of {}; at most {} is allowed", *work_factor, max_work_factor));
  // A body of another size could carry a partitioning oracle: many passphrases tried at once.
  if (stanza.body.size() != body_size)
    throw Error(Errc::bad_header, where, "the body of a scrypt stanza is not 32 bytes long");
  FileKey key;
  Aead aead{wrapping_key(passphrase, *salt, static_cast<int>(*work_factor)), Aead::Direction::open};
  if (!aead.open(Nonce{}, stanza.body, key.bytes().data())) return std::nullopt;
  return key;
}

}  // namespace invigil::crypto
