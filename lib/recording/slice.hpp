// A stretch of a larger source, which may be read from elsewhere in between.
#pragma once

#include <invigil/io.hpp>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace invigil::recording {

/// `whole` and `mutex` must outlive it.
class Slice final : public ByteSource {
 public:
  Slice(ByteSource& whole, std::mutex& mutex, std::uint64_t begin, std::uint64_t size, std::string name)
      : whole_(whole), mutex_(mutex), begin_(begin), size_(size), name_(std::move(name)) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const auto part = buffer.first(std::min<std::uint64_t>(buffer.size(), size_ - at_));
    if (part.empty()) return 0;
    const std::lock_guard lock{mutex_};
    whole_.seek(begin_ + at_);
    const std::size_t n = whole_.read(part);
    at_ += n;
    return n;
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return size_; }
  void seek(std::uint64_t offset) override { at_ = std::min(offset, size_); }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  ByteSource& whole_;
  std::mutex& mutex_;
  std::uint64_t begin_, size_, at_ = 0;
  std::string name_;
};

/// Fills `out` from a place on. False when the source ends before.
[[nodiscard]] inline bool read_at(ByteSource& source, std::uint64_t offset, std::span<std::byte> out) {
  source.seek(offset);
  while (!out.empty()) {
    const std::size_t n = source.read(out);
    if (n == 0) return false;
    out = out.subspan(n);
  }
  return true;
}

}  // namespace invigil::recording
