// Encrypting and decrypting age files: the payload (STREAM), and header and payload together.
#include "crypto/age.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <cstring>
#include <exception>

#include <fmt/format.h>

namespace invigil::crypto {

namespace {

constexpr std::size_t sealed_chunk_size = chunk_size + tag_size;

/// Seals chunk after chunk. Which one is the last is known only at the close, so one full chunk may be held
/// back.
class EncryptingSink final : public ByteSink {
 public:
  EncryptingSink(std::unique_ptr<ByteSink> destination, std::span<const Recipient> recipients)
      : destination_(std::move(destination)), sealed_(sealed_chunk_size) {
    FileKey key;
    fill_random(key.bytes());
    std::array<std::byte, payload_nonce_size> nonce;
    fill_random(nonce);
    const std::string header = header_for(key, recipients);
    destination_->write(as_bytes(header));
    destination_->write(nonce);
    aead_.emplace(payload_key(key, nonce), Aead::Direction::seal);
    held_.reserve(chunk_size);
  }
  ~EncryptingSink() override { wipe(held_); }
  EncryptingSink(const EncryptingSink&) = delete;
  EncryptingSink& operator=(const EncryptingSink&) = delete;

  void write(std::span<const std::byte> bytes) override {
    check_usable();
    failed_ = true;  // a chunk that was half written must not be followed by another
    while (!bytes.empty()) {
      if (held_.size() == chunk_size) seal_held(false);
      if (held_.empty() && bytes.size() > chunk_size) {  // no need for a copy
        seal(bytes.first(chunk_size), false);
        bytes = bytes.subspan(chunk_size);
        continue;
      }
      const std::size_t n = std::min(bytes.size(), chunk_size - held_.size());
      held_.insert(held_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
      bytes = bytes.subspan(n);
    }
    failed_ = false;
  }
  void sync() override {
    check_usable();
    destination_->sync();
  }
  void close() override {
    if (closed_) return;
    check_usable();
    failed_ = true;
    seal_held(true);
    destination_->close();
    closed_ = true;
  }
  [[nodiscard]] std::string name() const override { return destination_->name(); }

 private:
  void check_usable() const {
    if (closed_) throw Error(Errc::closed, name(), "is closed");
    if (failed_) throw Error(Errc::closed, name(), "an earlier write failed");
  }
  void seal_held(bool last) {
    seal(held_, last);
    wipe(held_);
    held_.clear();
  }
  void seal(ByteView plaintext, bool last) {
    aead_->seal(chunk_nonce(counter_++, last), plaintext, sealed_.data());
    destination_->write(std::span{sealed_}.first(plaintext.size() + tag_size));
  }

  std::unique_ptr<ByteSink> destination_;
  std::optional<Aead> aead_;
  std::vector<std::byte> held_, sealed_;
  std::uint64_t counter_ = 0;
  bool failed_ = false, closed_ = false;
};

/// Opens chunk after chunk; gives nothing of a chunk before its tag was checked.
class DecryptingSource final : public ByteSource {
 public:
  DecryptingSource(BufferedSource source, const Key& key)
      : source_(std::move(source)),
        aead_(key, Aead::Direction::open),
        sealed_(sealed_chunk_size),
        plaintext_(chunk_size) {}
  ~DecryptingSource() override { wipe(plaintext_); }
  DecryptingSource(const DecryptingSource&) = delete;
  DecryptingSource& operator=(const DecryptingSource&) = delete;

  std::size_t read(std::span<std::byte> buffer) override {
    if (buffer.empty()) return 0;
    if (begin_ == end_ && !next_chunk()) return 0;
    const std::size_t n = std::min(buffer.size(), end_ - begin_);
    std::memcpy(buffer.data(), plaintext_.data() + begin_, n);
    begin_ += n;
    return n;
  }
  [[nodiscard]] std::string name() const override { return source_.name(); }

 private:
  bool next_chunk() {
    if (failure_) std::rethrow_exception(failure_);
    try {
      return open_chunk();
    } catch (...) {
      failure_ = std::current_exception();  // the first error wins: it does not pass by reading again
      throw;
    }
  }

  bool open_chunk() {
    const std::size_t n = source_.read(sealed_);
    if (last_seen_) {
      if (n > 0) fail(Errc::tampered, "something follows the last chunk");
      return false;
    }
    if (n < tag_size) fail(Errc::truncated, "ends in the middle of the payload");
    const ByteView sealed = std::span{sealed_}.first(n);
    // Only a full chunk can be another than the last.
    const bool full = n == sealed_chunk_size;
    if (!full || !aead_.open(chunk_nonce(counter_, false), sealed, plaintext_.data())) {
      if (!aead_.open(chunk_nonce(counter_, true), sealed, plaintext_.data()))
        fail(Errc::tampered, full ? "is damaged or was changed" : "is damaged, was changed or is cut off");
      last_seen_ = true;
    }
    if (n == tag_size && counter_ > 0) fail(Errc::tampered, "an empty chunk ends a payload that is not");
    ++counter_;
    begin_ = 0;
    end_ = n - tag_size;
    return end_ > 0 || open_chunk();  // after an empty payload: nothing may follow
  }
  [[noreturn]] void fail(Errc code, std::string_view what) const {
    throw Error(code, fmt::format("{}: 64 KiB chunk {}", name(), counter_), what);
  }

  BufferedSource source_;
  Aead aead_;
  std::vector<std::byte> sealed_, plaintext_;
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t counter_ = 0;
  bool last_seen_ = false;
  std::exception_ptr failure_;
};

bool is_scrypt(const Stanza& stanza) { return stanza.args.front() == "scrypt"; }

std::optional<FileKey> unwrap(const Header& header, std::span<const Identity> identities,
                              const std::string& where) {
  for (const Identity& identity : identities)
    for (const Stanza& stanza : header.stanzas)
      if (auto key = unwrap_x25519(stanza, identity, where)) return key;
  return std::nullopt;
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

FileKey open_header(const Header& header, std::span<const Identity> identities, const std::string& where) {
  const bool passphrase = std::any_of(header.stanzas.begin(), header.stanzas.end(), is_scrypt);
  // Whoever knows the passphrase could otherwise add recipients unseen.
  if (passphrase && header.stanzas.size() > 1)
    throw Error(Errc::bad_header, where, "a passphrase stanza does not stand alone");
  const auto key = unwrap(header, identities, where);
  if (!key && passphrase)
    throw Error(Errc::no_identity, where, "is encrypted with a passphrase, not to a key; use age -d");
  if (!key)
    throw Error(Errc::no_identity, where,
                fmt::format("none of the {} given keys opens it; give the key of one of its {} recipients",
                            identities.size(), header.stanzas.size()));
  const Key mac_key = hkdf(key->bytes(), {}, "header");
  if (!equal(hmac(mac_key.bytes(), as_bytes(header.text)), header.mac))
    throw Error(Errc::tampered, where, "the age header was changed: its MAC does not fit");
  return *key;
}

Key payload_key(const FileKey& key, ByteView nonce) { return hkdf(key.bytes(), nonce, "payload"); }

Nonce chunk_nonce(std::uint64_t counter, bool last) {
  Nonce nonce{};
  for (unsigned i = 0; i < 8; ++i) nonce[10 - i] = std::byte(counter >> (8 * i) & 0xffU);
  nonce[11] = std::byte{last};
  return nonce;
}

Digest key_commitment(const FileKey& key) { return hkdf(key.bytes(), {}, "invigil/commit").bytes(); }

Sealed seal_into(std::vector<std::byte>& out, ByteView plaintext, std::span<const Recipient> recipients) {
  FileKey key;
  fill_random(key.bytes());
  const std::string header = header_for(key, recipients);
  const std::size_t chunks = plaintext.empty() ? 1 : (plaintext.size() + chunk_size - 1) / chunk_size;
  Sealed sealed{header.size(), payload_nonce_size + plaintext.size() + chunks * tag_size,
                key_commitment(key)};
  const std::size_t begin = out.size();
  out.resize(begin + sealed.header_size + sealed.payload_size);
  std::byte* at = out.data() + begin;
  std::memcpy(at, header.data(), header.size());
  at += header.size();
  const std::span<std::byte> nonce{at, payload_nonce_size};
  fill_random(nonce);
  at += payload_nonce_size;
  Aead aead{payload_key(key, nonce), Aead::Direction::seal};
  for (std::size_t i = 0; i < chunks; ++i) {
    const auto chunk =
        plaintext.subspan(i * chunk_size, std::min(chunk_size, plaintext.size() - i * chunk_size));
    aead.seal(chunk_nonce(i, i + 1 == chunks), chunk, at);
    at += chunk.size() + tag_size;
  }
  return sealed;
}

Opened open_age(std::unique_ptr<ByteSource> source, std::span<const Identity> identities) {
  BufferedSource buffered{std::move(source)};
  const Header header = read_header(buffered);
  const FileKey key = open_header(header, identities, buffered.name());
  std::array<std::byte, payload_nonce_size> nonce;
  if (buffered.read(nonce) != nonce.size())
    throw Error(Errc::bad_header, buffered.name(), "ends before its payload");
  const Digest commitment = key_commitment(key);
  return {std::make_unique<DecryptingSource>(std::move(buffered), payload_key(key, nonce)), commitment};
}

}  // namespace invigil::crypto

namespace invigil {

std::unique_ptr<ByteSink> encrypt(std::unique_ptr<ByteSink> destination,
                                  const std::vector<Recipient>& recipients) {
  return std::make_unique<crypto::EncryptingSink>(std::move(destination), recipients);
}

std::unique_ptr<ByteSource> decrypt(std::unique_ptr<ByteSource> source,
                                    const std::vector<Identity>& identities) {
  return crypto::open_age(std::move(source), identities).plaintext;
}

}  // namespace invigil
