// Whether a Matroska or WebM stream ended where one of its elements does. libavformat says nothing about a
// stream that breaks off within one.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace invigil::media {

/// How long an ID or a size is: the first set bit of its first byte tells. 9 for none.
[[nodiscard]] inline std::size_t vint_length(std::uint8_t first) {
  return static_cast<std::size_t>(std::countl_zero(first)) + 1;
}

/// Walks the elements of a stream as its bytes pass by, without keeping any: into Segments and Clusters of
/// unknown size, over everything else (RFC 8794, section 6; RFC 9559, section 5.1).
class EbmlWatch {
 public:
  /// The next bytes of the stream, from its first on.
  void pass(std::span<const std::uint8_t> bytes);
  /// Whether a Matroska stream that has `more` bytes beyond those that passed ends inside an element.
  [[nodiscard]] bool cut_off(std::uint64_t more) const {
    return known_ && (left_ > more || (held_ > 0 && more == 0));
  }

 private:
  void give_up() {
    gave_up_ = true;
    left_ = held_ = 0;
  }
  [[nodiscard]] std::size_t header_size() const;
  void take_header();

  bool known_ = false, gave_up_ = false;
  std::uint64_t left_ = 0;               ///< Bytes of the element that is being passed over.
  std::array<std::uint8_t, 12> head_{};  ///< An element's ID and size: at most 4 and 8 bytes.
  std::size_t held_ = 0;
};

}  // namespace invigil::media
