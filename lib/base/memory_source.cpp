#include "base/memory_source.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace invigil {

InMemory::InMemory(std::span<const std::byte> bytes, std::string name)
    : bytes_(bytes), name_(std::move(name)) {}

std::size_t InMemory::read(std::span<std::byte> buffer) {
  const std::size_t n = std::min(buffer.size(), bytes_.size() - at_);
  if (n > 0) std::memcpy(buffer.data(), bytes_.data() + at_, n);
  at_ += n;
  return n;
}

void InMemory::seek(std::uint64_t offset) {
  at_ = static_cast<std::size_t>(std::min<std::uint64_t>(offset, bytes_.size()));
}

std::unique_ptr<ByteSource> open_memory(std::span<const std::byte> bytes, std::string name) {
  return std::make_unique<InMemory>(bytes, std::move(name));
}

}  // namespace invigil
