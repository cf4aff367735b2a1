// What the fuzz targets share.
#pragma once

#include <invigil/error.hpp>
#include <invigil/io.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace fuzz {

/// The only way that bad input may show.
template <class Try>
void errors_only(Try&& attempt) {
  try {
    attempt();
  } catch (const invigil::Error&) {
  }
}

/// Ends the run, so that libFuzzer keeps the input.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

inline std::string_view text(std::span<const std::uint8_t> data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

/// Bytes as a seekable file.
class Memory final : public invigil::ByteSource {
 public:
  explicit Memory(std::span<const std::uint8_t> data) : data_(data.begin(), data.end()) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const auto count = std::min(buffer.size(), data_.size() - at_);
    if (count > 0) std::memcpy(buffer.data(), data_.data() + at_, count);
    at_ += count;
    return count;
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return data_.size(); }
  void seek(std::uint64_t offset) override { at_ = std::min<std::size_t>(offset, data_.size()); }
  [[nodiscard]] std::string name() const override { return "fuzz"; }

 private:
  std::vector<std::uint8_t> data_;
  std::size_t at_ = 0;
};

}  // namespace fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
