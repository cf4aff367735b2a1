// Compares an age file with what an entry says of it, in one pass.
#pragma once

#include "crypto/primitives.hpp"
#include "recording/entry.hpp"

#include <cstdint>
#include <string>

namespace invigil::recording {

/// Hashes an age file in pieces, header and payload apart.
class AgeHasher {
 public:
  void update(crypto::ByteView bytes);
  /// Whether what was given is the age file that `entry` describes. Once.
  [[nodiscard]] bool fits(const Entry& entry);

 private:
  [[nodiscard]] crypto::ByteView take_header(crypto::ByteView bytes);

  std::string header_;
  std::size_t mac_ = std::string::npos;
  Digest header_digest_{};
  crypto::Sha256 payload_;
  std::uint64_t payload_size_ = 0;
  bool in_payload_ = false;
};

}  // namespace invigil::recording
