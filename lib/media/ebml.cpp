#include "media/ebml.hpp"

#include <algorithm>

namespace invigil::media {

namespace {

constexpr std::uint32_t ebml_header = 0x1A45DFA3, segment = 0x18538067, cluster = 0x1F43B675;

}  // namespace

/// How long the header is that `head_` begins with, as far as it is known; 0 when it is none.
std::size_t EbmlWatch::header_size() const {
  if (held_ == 0) return 2;
  const auto id = vint_length(head_[0]);
  if (id > 4) return 0;
  if (held_ <= id) return id + 1;
  const auto size = vint_length(head_[id]);
  return size > 8 ? 0 : id + size;
}

void EbmlWatch::take_header() {
  const auto id_length = vint_length(head_[0]);
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < id_length; ++i) id = id << 8 | head_[i];
  const auto size_length = vint_length(head_[id_length]);
  std::uint64_t size = head_[id_length] & (0xFFU >> size_length);
  for (std::size_t i = 1; i < size_length; ++i) size = size << 8 | head_[id_length + i];
  const bool unknown = size == (std::uint64_t{1} << (7 * size_length)) - 1;
  held_ = 0;
  if (!known_ && id != ebml_header) return give_up();
  known_ = true;
  if (unknown && id != segment && id != cluster) return give_up();
  left_ = unknown ? 0 : size;
}

void EbmlWatch::pass(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty() && !gave_up_) {
    if (left_ > 0) {
      const auto over = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      left_ -= over;
      bytes = bytes.subspan(over);
      continue;
    }
    head_[held_++] = bytes.front();
    bytes = bytes.subspan(1);
    const auto whole = header_size();
    if (whole == 0) return give_up();
    if (held_ == whole) take_header();
  }
}

}  // namespace invigil::media
