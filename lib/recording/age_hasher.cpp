#include "recording/age_hasher.hpp"

#include "crypto/age.hpp"

#include <algorithm>

namespace invigil::recording {

using crypto::ByteView;

void AgeHasher::update(ByteView bytes) {
  if (!in_payload_) bytes = take_header(bytes);
  payload_.update(bytes);
  payload_size_ += bytes.size();
}

bool AgeHasher::fits(const Entry& entry) {
  return in_payload_ && payload_size_ == entry.payload_size && header_digest_ == entry.header &&
         payload_.finish() == entry.payload;
}

/// Keeps bytes until the line of the MAC is complete; gives what follows it.
ByteView AgeHasher::take_header(ByteView bytes) {
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
  return bytes.subspan(end + 1 - before);
}

}  // namespace invigil::recording
