#include "recording/age_hasher.hpp"

#include "crypto/age.hpp"

#include <algorithm>
#include <array>

namespace invigil::recording {

void AgeHasher::update(crypto::ByteView bytes) {
  if (size_ == 0 && !bytes.empty()) zeroed_ = bytes.front() == std::byte{0};
  size_ += bytes.size();
  if (!in_payload_) bytes = zeroed_ ? take_zeros(bytes) : take_header(bytes);
  for (auto& payload : payloads_) payload.update(bytes);
}

/// Keeps bytes until the line of the MAC is complete; gives what follows it.
crypto::ByteView AgeHasher::take_header(crypto::ByteView bytes) {
  if (header_.size() > crypto::max_header_size) return {};
  const std::size_t before = header_.size();
  header_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t mac = header_.find("\n--- ", before > 4 ? before - 4 : 0);
  if (mac != std::string::npos) mac_ = std::min(mac_, mac);
  if (mac_ == std::string::npos) return {};
  const std::size_t end = header_.find('\n', mac_ + 1);
  if (end == std::string::npos) return {};
  in_payload_ = true;
  header_.resize(end + 1);
  header_digest_ = crypto::sha256(crypto::as_bytes(header_));
  payloads_.resize(1);
  return bytes.subspan(end + 1 - before);
}

crypto::ByteView AgeHasher::take_zeros(crypto::ByteView bytes) {
  const auto first = std::find_if(bytes.begin(), bytes.end(), [](std::byte b) { return b != std::byte{0}; });
  const auto count = static_cast<std::size_t>(first - bytes.begin());
  zeros_ += count;
  if (first == bytes.end()) return {};
  in_payload_ = true;
  payloads_.resize(again_ ? 1 : std::min<std::uint64_t>(zeros_, crypto::payload_nonce_size) + 1);
  constexpr std::array<std::byte, crypto::payload_nonce_size> nothing{};
  for (std::size_t i = 0; i < payloads_.size(); ++i) payloads_[i].update(crypto::ByteView{nothing}.first(i));
  return bytes.subspan(count);
}

std::optional<Digest> AgeHasher::payload_after(std::uint64_t header_size, const ReadAgain& read_again) {
  const std::uint64_t skipped = zeros_ - header_size;
  if (skipped < payloads_.size()) return payloads_[skipped].finish();
  if (again_) return read_again(header_size);
  return std::nullopt;
}

HeaderState AgeHasher::match(const Entry& entry, const ReadAgain& read_again) {
  if (size_ <= entry.payload_size) return HeaderState::unknown;
  const std::uint64_t header_size = size_ - entry.payload_size;
  if (zeroed_ && in_payload_ && header_size <= zeros_) {
    const bool fits = payload_after(header_size, read_again) == entry.payload;
    return fits ? HeaderState::zeroed : HeaderState::unknown;
  }
  if (!zeroed_ && in_payload_ && header_size == header_.size()) {
    if (payloads_.front().finish() != entry.payload) return HeaderState::unknown;
    return header_digest_ == entry.header ? HeaderState::as_written : HeaderState::other;
  }
  const bool fits = again_ && read_again(header_size) == entry.payload;
  return fits ? HeaderState::broken : HeaderState::unknown;
}

bool AgeHasher::fits(const Entry& entry) {
  again_ = false;
  return match(entry, {}) == HeaderState::as_written;
}

}  // namespace invigil::recording
