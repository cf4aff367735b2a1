// The X25519 recipient type of age v1.
#include "crypto/age.hpp"
#include "crypto/encoding.hpp"

#include <invigil/error.hpp>

#include <algorithm>

namespace invigil::crypto {

namespace {

constexpr std::string_view info = "age-encryption.org/v1/X25519";
constexpr std::size_t body_size = 16 + tag_size;  // the file key and its tag

Key wrapping_key(const Key& shared, const PublicKey& share, const PublicKey& recipient) {
  std::array<std::byte, 64> salt;
  std::copy(share.begin(), share.end(), salt.begin());
  std::copy(recipient.begin(), recipient.end(), salt.begin() + 32);
  return hkdf(shared.bytes(), salt, info);
}

}  // namespace

Stanza wrap_x25519(const FileKey& key, const Recipient& recipient) {
  PublicKey share;
  Key shared;
  if (!x25519_once(recipient.bytes(), share, shared))
    throw Error(Errc::argument, recipient.to_string(), "is a weak key that anybody can open; use another");
  Stanza stanza{{"X25519", raw_base64(share)}, std::vector<std::byte>(body_size)};
  // The nonce is fixed because the wrapping key is used once: it comes from a fresh share.
  Aead{wrapping_key(shared, share, recipient.bytes()), Aead::Direction::seal}.seal(Nonce{}, key.bytes(),
                                                                                   stanza.body.data());
  return stanza;
}

std::optional<FileKey> unwrap_x25519(const Stanza& stanza, const Identity& identity,
                                     const std::string& where) {
  if (stanza.args.front() != "X25519") return std::nullopt;
  if (stanza.args.size() != 2)
    throw Error(Errc::bad_header, where, "an X25519 stanza has a wrong number of arguments");
  const auto bytes = parse_raw_base64(stanza.args[1]);
  if (!bytes || bytes->size() != 32)
    throw Error(Errc::bad_header, where, "the share of an X25519 stanza is not 32 bytes of canonical base64");
  // A body of another size could carry a partitioning oracle: many keys tried at once.
  if (stanza.body.size() != body_size)
    throw Error(Errc::bad_header, where, "the body of an X25519 stanza is not 32 bytes long");
  PublicKey share;
  std::copy(bytes->begin(), bytes->end(), share.begin());

  const Key secret{std::span{identity.secret_bytes()}};
  Key shared;
  const PublicKey own = identity.recipient().bytes();
  if (!x25519(secret, own, share, shared))
    throw Error(Errc::bad_header, where, "the share of an X25519 stanza is a point of low order");
  FileKey key;
  Aead aead{wrapping_key(shared, share, own), Aead::Direction::open};
  if (!aead.open(Nonce{}, stanza.body, key.bytes().data())) return std::nullopt;
  return key;
}

}  // namespace invigil::crypto
