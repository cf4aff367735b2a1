// A source with a small buffer in front, for formats whose beginning is lines and whose rest is bulk.
#pragma once

#include "crypto/primitives.hpp"

#include <invigil/io.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace invigil::crypto {

/// Gives a source's bytes again, by line or in bulk. The source stands at its beginning. What lies in memory
/// already
/// (`open_memory`) is its own buffer.
class BufferedSource {
 public:
  explicit BufferedSource(std::unique_ptr<ByteSource> source);
  BufferedSource(BufferedSource&&) noexcept = default;
  BufferedSource& operator=(BufferedSource&&) noexcept = default;
  /// Up to and without the next line feed. Nothing when the input ends, or `limit` is passed, before one.
  [[nodiscard]] std::optional<std::string> line(std::size_t limit);
  /// The same, but the end of the input ends a line too, unless that is empty.
  [[nodiscard]] std::optional<std::string> last_line(std::size_t limit);
  /// Fills `out` as far as the input reaches.
  [[nodiscard]] std::size_t read(std::span<std::byte> out);
  /// The next bytes, as many as fit in `room` and the input has: in `room`, or where they lie.
  [[nodiscard]] ByteView take(std::span<std::byte> room);
  /// What `read` would give next, as far as the input and the buffer (4 KiB) reach.
  [[nodiscard]] ByteView peek();

  [[nodiscard]] std::optional<std::uint64_t> size() const { return source_->size(); }
  /// How many bytes have been given; after `seek`, from there on.
  [[nodiscard]] std::uint64_t position() const { return fetched_ - (end_ - begin_); }
  void seek(std::uint64_t offset);
  [[nodiscard]] std::string name() const { return source_->name(); }

 private:
  bool refill();
  std::optional<std::string> line(std::size_t limit, bool end_ends_it);
  std::size_t fetch(std::span<std::byte> out);
  std::unique_ptr<ByteSource> source_;
  std::vector<std::byte> buffer_;  // small: bulk passes it by; empty where the input lies in memory
  ByteView window_;                // the buffer, or the whole input
  std::size_t begin_ = 0, end_ = 0;
  std::uint64_t fetched_ = 0;
};

}  // namespace invigil::crypto
