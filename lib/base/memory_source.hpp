// What `open_memory` gives, for those who want the bytes without copying them.
#pragma once

#include <invigil/memory.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace invigil {

class InMemory final : public ByteSource {
 public:
  InMemory(std::span<const std::byte> bytes, std::string name);
  std::size_t read(std::span<std::byte> buffer) override;
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return bytes_.size(); }
  void seek(std::uint64_t offset) override;
  [[nodiscard]] std::string name() const override { return name_; }

  /// From the beginning, wherever it stands.
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  std::string name_;
};

}  // namespace invigil
