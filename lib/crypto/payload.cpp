#include "crypto/payload.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <cstring>
#include <exception>

#include <fmt/format.h>

namespace invigil::crypto {

namespace {

/// Seals chunk after chunk. Which one is the last is known only at the close, so one full chunk may be held
/// back.
class SealingSink final : public ByteSink {
 public:
  SealingSink(std::unique_ptr<ByteSink> destination, const Key& key)
      : destination_(std::move(destination)), aead_(key, Aead::Direction::seal), sealed_(sealed_chunk_size) {
    held_.reserve(chunk_size);
  }
  ~SealingSink() override { wipe(held_); }
  SealingSink(const SealingSink&) = delete;
  SealingSink& operator=(const SealingSink&) = delete;

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
    aead_.seal(chunk_nonce(counter_++, last), plaintext, sealed_.data());
    destination_->write(std::span{sealed_}.first(plaintext.size() + tag_size));
  }

  std::unique_ptr<ByteSink> destination_;
  Aead aead_;
  std::vector<std::byte> held_, sealed_;
  std::uint64_t counter_ = 0;
  bool failed_ = false, closed_ = false;
};

/// Opens chunk after chunk; gives nothing of a chunk before its tag was checked.
class OpeningSource final : public ByteSource {
 public:
  OpeningSource(BufferedSource source, const Key& key)
      : source_(std::move(source)),
        aead_(key, Aead::Direction::open),
        begin_of_payload_(source_.position()),
        sealed_(sealed_chunk_size) {}
  ~OpeningSource() override { wipe(held_); }
  OpeningSource(const OpeningSource&) = delete;
  OpeningSource& operator=(const OpeningSource&) = delete;

  std::size_t read(std::span<std::byte> buffer) override {
    if (failure_) std::rethrow_exception(failure_);
    if (buffer.empty()) return 0;
    try {
      if (at_ == held_.size()) {
        if (ended_) return 0;
        if (skip_ == 0 && buffer.size() >= chunk_size) return open_chunk(buffer.data());
        hold_chunk();
      }
    } catch (...) {
      failure_ = std::current_exception();  // the first error wins: it does not pass by reading again
      throw;
    }
    const std::size_t n = std::min(buffer.size(), held_.size() - at_);
    if (n > 0) std::memcpy(buffer.data(), held_.data() + at_, n);
    at_ += n;
    return n;
  }

  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    // Reads the last chunk, and stands then where it stood. No object of this class is const itself.
    if (!chunks_ && source_.size()) const_cast<OpeningSource&>(*this).measure();
    return chunks_ ? std::optional{size_} : std::nullopt;
  }

  void seek(std::uint64_t offset) override {
    if (failure_) std::rethrow_exception(failure_);
    if (!size()) return ByteSource::seek(offset);
    wipe(held_);
    held_.clear();
    at_ = 0;
    ended_ = offset >= size_;
    if (ended_) return;
    counter_ = offset / chunk_size;
    skip_ = offset % chunk_size;
    last_seen_ = false;
    source_.seek(begin_of_payload_ + counter_ * sealed_chunk_size);
  }
  [[nodiscard]] std::string name() const override { return source_.name(); }

 private:
  void hold_chunk() {
    held_.resize(chunk_size);
    at_ = 0;
    std::size_t n = 0;
    try {
      n = open_chunk(held_.data());
    } catch (...) {
      held_.clear();
      throw;
    }
    held_.resize(n);
    at_ = std::min(std::exchange(skip_, 0), n);
  }

  /// Opens the next chunk into `out`, which has room for a whole one, and which is wiped when the chunk is
  /// not authentic. Gives its size; 0 at the end.
  std::size_t open_chunk(std::byte* out) {
    const ByteView sealed = source_.take(sealed_);
    const std::size_t n = sealed.size();
    if (last_seen_) {
      if (n > 0) fail(Errc::tampered, "something follows the last chunk");
      ended_ = true;
      return 0;
    }
    if (n < tag_size) fail(Errc::truncated, "ends in the middle of the payload");
    // Only a full chunk can be another than the last.
    const bool full = n == sealed_chunk_size;
    last_seen_ = !full || !opens(sealed, false, out);
    if (last_seen_ && !opens(sealed, true, out))
      fail(Errc::tampered, full ? "is damaged or was changed" : "is damaged, was changed or is cut off");
    check_last(n, out);
    ++counter_;
    if (n > tag_size) return n - tag_size;
    return open_chunk(out);  // after an empty payload: nothing may follow
  }
  bool opens(ByteView sealed, bool last, std::byte* out) {
    return aead_.open(chunk_nonce(counter_, last), sealed, out);
  }

  void check_last(std::size_t n, std::byte* out) const {
    if (n == tag_size && counter_ > 0) fail(Errc::tampered, "an empty chunk ends a payload that is not");
    // Once the length is known, a last chunk elsewhere than at the end need not be given away first.
    if (!chunks_ || last_seen_ == (counter_ + 1 == *chunks_)) return;
    wipe({out, n - tag_size});
    fail(Errc::tampered, "something follows the last chunk");
  }

  /// From the length of the source, which anybody may have cut, to that of the plaintext: only the last chunk
  /// proves that it is the last.
  void measure() {
    const std::uint64_t sealed = *source_.size() - std::min(*source_.size(), begin_of_payload_);
    const std::uint64_t chunks = (sealed + sealed_chunk_size - 1) / sealed_chunk_size;
    const std::uint64_t last = chunks == 0 ? 0 : sealed - (chunks - 1) * sealed_chunk_size;
    if (last < tag_size) throw Error(Errc::truncated, name(), "ends in the middle of the payload");
    const std::uint64_t before = source_.position();
    std::vector<std::byte> chunk(static_cast<std::size_t>(last)), plaintext(chunk_size);
    source_.seek(begin_of_payload_ + (chunks - 1) * sealed_chunk_size);
    const std::size_t n = source_.read(chunk);
    source_.seek(before);
    const bool whole = n == last && aead_.open(chunk_nonce(chunks - 1, true), chunk, plaintext.data());
    wipe(plaintext);
    if (!whole) throw Error(Errc::tampered, name(), "its last chunk is damaged, was changed or is cut off");
    if (last == tag_size && chunks > 1)
      throw Error(Errc::tampered, name(), "an empty chunk ends a payload that is not");
    chunks_ = chunks;
    size_ = sealed - chunks * tag_size;
  }

  [[noreturn]] void fail(Errc code, std::string_view what) const {
    throw Error(code, fmt::format("{}: 64 KiB chunk {}", name(), counter_), what);
  }

  BufferedSource source_;
  Aead aead_;
  std::uint64_t begin_of_payload_;
  std::vector<std::byte> sealed_;
  std::vector<std::byte> held_;  // of a chunk, for callers that take less
  std::size_t at_ = 0;           // in it
  std::uint64_t counter_ = 0;
  std::size_t skip_ = 0;  // of the next chunk, after a seek
  bool last_seen_ = false, ended_ = false;
  std::exception_ptr failure_;
  std::optional<std::uint64_t> chunks_;  // once authenticated, as is the size
  std::uint64_t size_ = 0;
};

}  // namespace

Nonce chunk_nonce(std::uint64_t counter, bool last) {
  Nonce nonce{};
  for (unsigned i = 0; i < 8; ++i) nonce[10 - i] = std::byte(counter >> (8 * i) & 0xffU);
  nonce[11] = std::byte{last};
  return nonce;
}

std::unique_ptr<ByteSink> seal_payload(std::unique_ptr<ByteSink> destination, const Key& key) {
  return std::make_unique<SealingSink>(std::move(destination), key);
}

std::unique_ptr<ByteSource> open_payload(BufferedSource source, const Key& key) {
  return std::make_unique<OpeningSource>(std::move(source), key);
}

}  // namespace invigil::crypto
