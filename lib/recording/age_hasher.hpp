// Compares an age file, as it streams by, with the entry that comes after it.
#pragma once

#include "recording/entry.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace invigil::recording {

/// What stands before the payload of an age file.
enum class HeaderState : std::uint8_t {
  unknown,     ///< Nothing is known, or the payload is another.
  as_written,  ///< The one that the entry tells.
  other,       ///< Another age header: the recipients were changed, or it is damaged.
  zeroed,      ///< Nothing but zeros: the key was destroyed.
  broken,      ///< No age header, and not all zeros either. Only told where the content can be read again.
};

/// Hashes an age file in pieces, header and payload apart.
///
/// Note [where a payload begins after zeros]: where a header was zeroed, only its entry tells how long it
/// was, and a payload may begin with zeros itself, 1 in 256 times with at least one. So the payload is taken
/// to begin at the first byte that is not zero; when the entry says otherwise, the content is read again.
/// Where it cannot be read again, a hash is kept for every number of zeros that a 16-byte nonce can begin
/// with.
class AgeHasher {
 public:
  /// `again`: the content can be read again.
  explicit AgeHasher(bool again = true) : again_(again) {}

  void update(crypto::ByteView bytes);

  /// The hash of the content from an offset on.
  using ReadAgain = std::function<Digest(std::uint64_t offset)>;
  /// To be called once, after the whole content: `unknown` when its payload is not the entry's.
  [[nodiscard]] HeaderState match(const Entry& entry, const ReadAgain& read_again);
  /// Whether it was exactly the age file of the entry. Once, instead of `match`.
  [[nodiscard]] bool fits(const Entry& entry);

 private:
  [[nodiscard]] crypto::ByteView take_header(crypto::ByteView bytes);
  [[nodiscard]] crypto::ByteView take_zeros(crypto::ByteView bytes);
  [[nodiscard]] std::optional<Digest> payload_after(std::uint64_t header_size, const ReadAgain& read_again);

  bool again_;
  std::uint64_t size_ = 0, zeros_ = 0;
  std::string header_;
  std::size_t mac_ = std::string::npos;
  Digest header_digest_{};
  std::vector<crypto::Sha256> payloads_;  ///< Place i: of a payload that begins with i of the zeros.
  bool zeroed_ = false, in_payload_ = false;
};

}  // namespace invigil::recording
