#include "crypto/primitives.hpp"

#ifdef INVIGIL_TEST_HOOKS
#include "crypto/test_hook.hpp"
#endif

#include <invigil/error.hpp>

#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

namespace invigil::crypto {

namespace {

struct FreeCipher {
  void operator()(EVP_CIPHER* p) const noexcept { EVP_CIPHER_free(p); }
};
struct FreeMd {
  void operator()(EVP_MD* p) const noexcept { EVP_MD_free(p); }
};
struct FreeKdf {
  void operator()(EVP_KDF* p) const noexcept { EVP_KDF_free(p); }
};
struct FreeKdfContext {
  void operator()(EVP_KDF_CTX* p) const noexcept { EVP_KDF_CTX_free(p); }
};
struct FreeKey {
  void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
};
struct FreeKeyContext {
  void operator()(EVP_PKEY_CTX* p) const noexcept { EVP_PKEY_CTX_free(p); }
};
struct FreeMdContext {
  void operator()(EVP_MD_CTX* p) const noexcept { EVP_MD_CTX_free(p); }
};
using UniqueCipher = std::unique_ptr<EVP_CIPHER, FreeCipher>;
using UniqueMd = std::unique_ptr<EVP_MD, FreeMd>;
using UniqueKdf = std::unique_ptr<EVP_KDF, FreeKdf>;
using UniqueKdfContext = std::unique_ptr<EVP_KDF_CTX, FreeKdfContext>;
using UniqueKey = std::unique_ptr<EVP_PKEY, FreeKey>;
using UniqueKeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeKeyContext>;
using UniqueMdContext = std::unique_ptr<EVP_MD_CTX, FreeMdContext>;

void require(bool ok, const char* what) {
  if (!ok) throw Error(Errc::unsupported, "OpenSSL", std::string{what} + " does not work in this OpenSSL");
}

const unsigned char* raw(ByteView bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }
int length(ByteView bytes) {
  require(bytes.size() <= std::size_t(std::numeric_limits<int>::max()), "a block of more than 2 GiB");
  return static_cast<int>(bytes.size());
}

// Fetched once: in OpenSSL 3 looking an algorithm up costs more than hashing a small block with it.
const EVP_MD* sha256_algorithm() {
  static const UniqueMd algorithm{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  require(algorithm != nullptr, "SHA-256");
  return algorithm.get();
}
const EVP_CIPHER* chacha20_poly1305() {
  static const UniqueCipher algorithm{EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr)};
  require(algorithm != nullptr, "ChaCha20-Poly1305");
  return algorithm.get();
}
EVP_KDF* hkdf_algorithm() {
  static const UniqueKdf algorithm{EVP_KDF_fetch(nullptr, "HKDF", nullptr)};
  require(algorithm != nullptr, "HKDF");
  return algorithm.get();
}

}  // namespace

void fill_random(std::span<std::byte> out) {
  require(RAND_priv_bytes(raw(out.data()), length(out)) == 1, "the random generator");
}

bool equal(ByteView a, ByteView b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// --- hashes ---

void Sha256::Free::operator()(void* context) const noexcept {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}
Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  auto* context = static_cast<EVP_MD_CTX*>(context_.get());
  require(context && EVP_DigestInit_ex2(context, sha256_algorithm(), nullptr) == 1, "SHA-256");
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(ByteView data) {
  require(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), data.data(), data.size()) == 1,
          "SHA-256");
}
Digest Sha256::finish() {
  auto* context = static_cast<EVP_MD_CTX*>(context_.get());
  Digest digest;
  require(EVP_DigestFinal_ex(context, raw(digest.data()), nullptr) == 1, "SHA-256");
  require(EVP_DigestInit_ex2(context, sha256_algorithm(), nullptr) == 1, "SHA-256");
  return digest;
}

Digest sha256(ByteView data) {
  Digest digest;
  require(EVP_Digest(data.data(), data.size(), raw(digest.data()), nullptr, sha256_algorithm(), nullptr) == 1,
          "SHA-256");
  return digest;
}

Key hkdf(ByteView secret, ByteView salt, std::string_view info) {
  const UniqueKdfContext context{EVP_KDF_CTX_new(hkdf_algorithm())};
  char digest[] = "SHA256";
  const auto octets = [](const char* name, const void* data, std::size_t size) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<void*>(data), size);
  };
  OSSL_PARAM params[5] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                          octets(OSSL_KDF_PARAM_KEY, secret.data(), secret.size()),
                          octets(OSSL_KDF_PARAM_INFO, info.data(), info.size()), OSSL_PARAM_construct_end(),
                          OSSL_PARAM_construct_end()};
  if (!salt.empty()) params[3] = octets(OSSL_KDF_PARAM_SALT, salt.data(), salt.size());
  Key key;
  require(context && EVP_KDF_derive(context.get(), raw(key.bytes().data()), 32, params) == 1, "HKDF");
  return key;
}

Digest hmac(ByteView key, ByteView data) {
  Digest mac;
  require(HMAC(sha256_algorithm(), key.data(), length(key), raw(data), data.size(), raw(mac.data()), nullptr),
          "HMAC");
  return mac;
}

// --- X25519 ---

namespace {

UniqueKey x25519_key(const Key& secret) {
  UniqueKey key{EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, raw(ByteView{secret.bytes()}), 32)};
  require(key != nullptr, "X25519");
  return key;
}

PublicKey public_half(const UniqueKey& key) {
  PublicKey out;
  std::size_t size = out.size();
  require(EVP_PKEY_get_raw_public_key(key.get(), raw(out.data()), &size) == 1, "X25519");
  return out;
}

/// Given both halves, OpenSSL does not multiply on the curve again.
UniqueKey key_pair(const char* type, const Key& secret, const PublicKey& own) {
  const UniqueKeyContext context{EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  const auto octets = [](const char* name, ByteView bytes) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<std::byte*>(bytes.data()), bytes.size());
  };
  OSSL_PARAM params[] = {octets(OSSL_PKEY_PARAM_PRIV_KEY, secret.bytes()),
                         octets(OSSL_PKEY_PARAM_PUB_KEY, own), OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  require(context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
              EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params) == 1,
          type);
  return UniqueKey{key};
}

bool agree(const UniqueKey& own, const PublicKey& peer, Key& shared) {
  const UniqueKey other{EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, raw(ByteView{peer}), 32)};
  const UniqueKeyContext context{EVP_PKEY_CTX_new(own.get(), nullptr)};
  require(other && context && EVP_PKEY_derive_init(context.get()) == 1 &&
              EVP_PKEY_derive_set_peer_ex(context.get(), other.get(), 0) == 1,
          "X25519");
  std::size_t size = 32;
  if (EVP_PKEY_derive(context.get(), raw(shared.bytes().data()), &size) != 1) return false;
  constexpr std::array<std::byte, 32> zero{};  // OpenSSL refuses it too; the format must not depend on that
  return !equal(shared.bytes(), zero);
}

}  // namespace

PublicKey x25519_public(const Key& secret) { return public_half(x25519_key(secret)); }

bool x25519(const Key& secret, const PublicKey& own, const PublicKey& peer, Key& shared) {
  return agree(key_pair("X25519", secret, own), peer, shared);
}

bool x25519_once(const PublicKey& peer, PublicKey& share, Key& shared) {
  Key secret;
  fill_random(secret.bytes());
  const UniqueKey key = x25519_key(secret);  // once: it costs a multiplication on the curve
  share = public_half(key);
  return agree(key, peer, shared);
}

// --- scrypt ---

Key scrypt(ByteView passphrase, ByteView salt, unsigned log_n) {
  constexpr std::uint64_t r = 8;
  const std::uint64_t n = std::uint64_t{1} << log_n;
  const std::uint64_t memory = 128 * r * (n + 8);  // of OpenSSL's, whose own limit is 32 MiB
  Key key;
  if (EVP_PBE_scrypt(reinterpret_cast<const char*>(passphrase.data()), passphrase.size(), raw(salt),
                     salt.size(), n, r, 1, memory, raw(key.bytes().data()), key.bytes().size()) != 1)
    throw Error(Errc::io, "scrypt", fmt::format("needs {} MiB of memory, which are not there", memory >> 20));
  return key;
}

// --- ChaCha20-Poly1305 ---

void Aead::Free::operator()(void* context) const noexcept {
  EVP_CIPHER_CTX_free(static_cast<EVP_CIPHER_CTX*>(context));
}
Aead::Aead(const Key& key, Direction direction) : context_(EVP_CIPHER_CTX_new()) {
  auto* context = static_cast<EVP_CIPHER_CTX*>(context_.get());
  const int seals = direction == Direction::seal ? 1 : 0;
  require(context && EVP_CipherInit_ex(context, chacha20_poly1305(), nullptr, raw(ByteView{key.bytes()}),
                                       nullptr, seals) == 1,
          "ChaCha20-Poly1305");
}
Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

void Aead::seal(const Nonce& nonce, ByteView plaintext, std::byte* out) {
  auto* context = static_cast<EVP_CIPHER_CTX*>(context_.get());
  int written = 0;
  bool ok = EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, raw(ByteView{nonce})) == 1;
  ok = ok && (plaintext.empty() ||
              EVP_EncryptUpdate(context, raw(out), &written, raw(plaintext), length(plaintext)) == 1);
  std::byte* tag = out + plaintext.size();
  ok = ok && EVP_EncryptFinal_ex(context, raw(tag), &written) == 1;
  ok = ok && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_size, tag) == 1;
  require(ok, "ChaCha20-Poly1305");
}

bool Aead::open(const Nonce& nonce, ByteView sealed, std::byte* out) {
  if (sealed.size() < tag_size) return false;
  auto* context = static_cast<EVP_CIPHER_CTX*>(context_.get());
  const ByteView body = sealed.first(sealed.size() - tag_size);
  std::array<std::byte, tag_size> tag;
  std::copy(sealed.end() - tag_size, sealed.end(), tag.begin());
  int written = 0;
  bool ok = EVP_DecryptInit_ex(context, nullptr, nullptr, nullptr, raw(ByteView{nonce})) == 1;
  ok = ok && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1;
  ok = ok && (body.empty() || EVP_DecryptUpdate(context, raw(out), &written, raw(body), length(body)) == 1);
  require(ok, "ChaCha20-Poly1305");
  if (EVP_DecryptFinal_ex(context, raw(out + body.size()), &written) == 1) return true;
  wipe({out, body.size()});
  return false;
}

// --- Ed25519 ---

namespace {

UniqueKey ed25519_key(const Key& seed) {
  UniqueKey key{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(ByteView{seed.bytes()}), 32)};
  require(key != nullptr, "Ed25519");
  return key;
}

}  // namespace

SigningKey SigningKey::generate() {
  Key seed;
  fill_random(seed.bytes());
#ifdef INVIGIL_TEST_HOOKS
  if (on_signing_seed) on_signing_seed(seed);
#endif
  return SigningKey{std::move(seed)};
}
SigningKey::SigningKey(Key seed) : seed_(std::move(seed)), public_key_(public_half(ed25519_key(seed_))) {}

// OpenSSL's key is made for each signature: kept, its copy of the seed would lie in ordinary memory, where a
// core dump finds it.
Signature SigningKey::sign(ByteView message) const {
  const UniqueKey key = key_pair("ED25519", seed_, public_key_);
  const UniqueMdContext context{EVP_MD_CTX_new()};
  Signature signature;
  std::size_t size = signature.size();
  require(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
              EVP_DigestSign(context.get(), raw(signature.data()), &size, raw(message), message.size()) == 1,
          "Ed25519");
  return signature;
}
bool verify_signature(const PublicKey& key, ByteView message, const Signature& signature) {
  const UniqueKey peer{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(ByteView{key}), key.size())};
  const UniqueMdContext context{EVP_MD_CTX_new()};
  require(peer && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, peer.get()) == 1,
          "Ed25519");
  return EVP_DigestVerify(context.get(), raw(ByteView{signature}), signature.size(), raw(message),
                          message.size()) == 1;
}

}  // namespace invigil::crypto
