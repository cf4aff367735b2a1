// Encrypting and decrypting age files: header and payload together.
#include "crypto/age.hpp"

#include "crypto/armor.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace invigil::crypto {

namespace {

/// Writes the header that `header` gives for a new key, and gives what seals the payload behind it.
template <class HeaderFor>
std::unique_ptr<ByteSink> seal_age(std::unique_ptr<ByteSink> destination, HeaderFor&& header_for_key) {
  FileKey key;
  fill_random(key.bytes());
  std::array<std::byte, payload_nonce_size> nonce;
  fill_random(nonce);
  const std::string header = header_for_key(key);
  destination->write(as_bytes(header));
  destination->write(nonce);
  return seal_payload(std::move(destination), payload_key(key, nonce));
}

void check_work_factor(int work_factor, int max) {
  if (work_factor < 1 || work_factor > max)
    throw Error(Errc::argument, "work factor", fmt::format("{} is not from 1 to {}", work_factor, max));
}

bool is_scrypt(const Stanza& stanza) { return stanza.args.front() == "scrypt"; }

std::optional<FileKey> unwrap(const Header& header, const Keys& keys, const std::string& where) {
  for (const Identity& identity : keys.identities)
    for (const Stanza& stanza : header.stanzas)
      if (auto key = unwrap_x25519(stanza, identity, where)) return key;
  if (!is_scrypt(header.stanzas.front())) return std::nullopt;
  for (const Passphrase& passphrase : keys.passphrases)
    if (auto key = unwrap_scrypt(header.stanzas.front(), passphrase, keys.max_work_factor, where)) return key;
  return std::nullopt;
}

[[noreturn]] void fail_no_key(const Header& header, const Keys& keys, const std::string& where) {
  if (!is_scrypt(header.stanzas.front()))
    throw Error(Errc::no_identity, where,
                fmt::format("none of the {} given keys opens it; give the key of one of its {} recipients",
                            keys.identities.size(), header.stanzas.size()));
  throw Error(Errc::no_identity, where,
              keys.passphrases.empty() ? "is encrypted with a passphrase, not to a key; give the passphrase"
                                       : "the passphrase is wrong");
}

}  // namespace

std::string header_for(const FileKey& key, std::span<const Recipient> recipients) {
  if (recipients.empty())
    throw Error(Errc::argument, "recipients", "none was given; nobody could ever decrypt this");
  std::vector<Stanza> stanzas;
  stanzas.reserve(recipients.size());
  for (const Recipient& recipient : recipients) stanzas.push_back(wrap_x25519(key, recipient));
  return write_header(key, stanzas);
}

FileKey open_header(const Header& header, const Keys& keys, const std::string& where) {
  // Whoever knows the passphrase could otherwise add recipients unseen.
  if (header.stanzas.size() > 1 && std::any_of(header.stanzas.begin(), header.stanzas.end(), is_scrypt))
    throw Error(Errc::bad_header, where, "a passphrase stanza does not stand alone");
  auto key = unwrap(header, keys, where);
  if (!key) fail_no_key(header, keys, where);
  const Key mac_key = hkdf(key->bytes(), {}, "header");
  if (!equal(hmac(mac_key.bytes(), as_bytes(header.text)), header.mac))
    throw Error(Errc::tampered, where, "the age header was changed: its MAC does not fit");
  return std::move(*key);
}

Key payload_key(const FileKey& key, ByteView nonce) { return hkdf(key.bytes(), nonce, "payload"); }

Digest key_commitment(const FileKey& key) { return hkdf(key.bytes(), {}, "invigil/commit").bytes(); }

Prepared prepare(std::span<const Recipient> recipients) {
  FileKey key;
  fill_random(key.bytes());
  Prepared prepared;
  prepared.header = header_for(key, recipients);
  fill_random(prepared.nonce);
  prepared.payload_key = payload_key(key, prepared.nonce);
  prepared.commitment = key_commitment(key);
  return prepared;
}

Sealed seal_into(std::vector<std::byte>& out, ByteView plaintext, Prepared prepared) {
  const std::size_t chunks = plaintext.empty() ? 1 : (plaintext.size() + chunk_size - 1) / chunk_size;
  Sealed sealed{prepared.header.size(), payload_nonce_size + plaintext.size() + chunks * tag_size,
                prepared.commitment};
  const std::size_t begin = out.size();
  out.resize(begin + sealed.header_size + sealed.payload_size);
  std::byte* at = out.data() + begin;
  std::memcpy(at, prepared.header.data(), sealed.header_size);
  at += sealed.header_size;
  std::memcpy(at, prepared.nonce.data(), payload_nonce_size);
  at += payload_nonce_size;
  Aead aead{prepared.payload_key, Aead::Direction::seal};
  for (std::size_t i = 0; i < chunks; ++i) {
    const auto chunk =
        plaintext.subspan(i * chunk_size, std::min(chunk_size, plaintext.size() - i * chunk_size));
    aead.seal(chunk_nonce(i, i + 1 == chunks), chunk, at);
    at += chunk.size() + tag_size;
  }
  return sealed;
}

Opened open_age(std::unique_ptr<ByteSource> source, const Keys& keys) {
  BufferedSource age = without_armor(std::move(source));
  const Header header = read_header(age);
  const FileKey key = open_header(header, keys, age.name());
  std::array<std::byte, payload_nonce_size> nonce;
  if (age.read(nonce) != nonce.size()) throw Error(Errc::bad_header, age.name(), "ends before its payload");
  return {open_payload(std::move(age), payload_key(key, nonce)), key_commitment(key)};
}

}  // namespace invigil::crypto

namespace invigil {

std::unique_ptr<ByteSink> encrypt(std::unique_ptr<ByteSink> destination,
                                  const std::vector<Recipient>& recipients) {
  return crypto::seal_age(std::move(destination),
                          [&](const crypto::FileKey& key) { return crypto::header_for(key, recipients); });
}

std::unique_ptr<ByteSink> encrypt(std::unique_ptr<ByteSink> destination, const Passphrase& passphrase,
                                  PassphraseOptions options) {
  crypto::check_work_factor(options.work_factor, PassphraseOptions{}.max_work_factor);
  return crypto::seal_age(std::move(destination), [&](const crypto::FileKey& key) {
    return crypto::write_header(key, std::vector{crypto::wrap_scrypt(key, passphrase, options.work_factor)});
  });
}

std::unique_ptr<ByteSource> decrypt(std::unique_ptr<ByteSource> source,
                                    const std::vector<Identity>& identities) {
  return crypto::open_age(std::move(source), crypto::Keys{identities, {}}).plaintext;
}

std::unique_ptr<ByteSource> decrypt(std::unique_ptr<ByteSource> source,
                                    const std::vector<Identity>& identities,
                                    const std::vector<Passphrase>& passphrases, PassphraseOptions options) {
  crypto::check_work_factor(options.max_work_factor, 30);
  return crypto::open_age(std::move(source), {identities, passphrases, options.max_work_factor}).plaintext;
}

}  // namespace invigil
