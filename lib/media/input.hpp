// Where a demuxer's bytes come from: a byte source behind libav's I/O, and files and pipes that can be
// interrupted.
#pragma once

#include "media/av.hpp"
#include "media/ebml.hpp"

#include <invigil/io.hpp>
#include <invigil/time.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace invigil::media {

/// "-" is standard input. Regular files, pipes and character devices; a read waits for bytes at most
/// `timeout`, and not once `abort` is set. Throws `Error{io}`.
[[nodiscard]] std::unique_ptr<ByteSource> open_input(const std::string& path, Duration timeout,
                                                     std::shared_ptr<const std::atomic<bool>> abort);

/// An AVIOContext over a byte source. Keep it longer than the format context that uses it.
class ByteIo {
 public:
  explicit ByteIo(std::unique_ptr<ByteSource> source);
  ByteIo(const ByteIo&) = delete;
  ByteIo& operator=(const ByteIo&) = delete;

  [[nodiscard]] AVIOContext* get() const { return io_.get(); }
  [[nodiscard]] bool seekable() const { return size_.has_value(); }
  [[nodiscard]] std::optional<std::uint64_t> size() const { return size_; }
  /// The source is Matroska and ends inside one of its elements. Ask once it has been read to its end.
  [[nodiscard]] bool cut_off() const { return watch_.cut_off(size_.value_or(watched_) - watched_); }
  /// Nothing more will be read: from any thread.
  void stop() noexcept { source_->stop(); }
  /// The first bytes of the source, at most 256, as far as they were read.
  [[nodiscard]] std::span<const std::uint8_t> head() const { return head_; }
  /// What the source threw, if it did: libav's callbacks cannot let it through.
  [[nodiscard]] std::exception_ptr failure() const { return failure_; }

 private:
  void note(std::span<const std::uint8_t> bytes);
  static int read(void* self, std::uint8_t* buffer, int size);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);

  std::unique_ptr<ByteSource> source_;
  std::optional<std::uint64_t> size_;
  std::uint64_t position_ = 0;
  std::vector<std::uint8_t> head_;
  std::uint64_t watched_ = 0;  ///< How far `watch_` has seen the source.
  EbmlWatch watch_;
  std::exception_ptr failure_;
  UniqueIo io_;
};

}  // namespace invigil::media
