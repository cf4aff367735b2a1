// What a spool keeps on disk.
#pragma once

#include <invigil/io.hpp>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

namespace invigil {

/// A queue of bytes in a folder: files of about a megabyte, named by the offset of their first byte, deleted
/// once nothing in them is needed. `complete` says that no more will come. Not thread-safe; a lock on the
/// folder keeps other processes out.
class SpoolStore {
 public:
  enum class Mode { create, resume };
  SpoolStore(const std::filesystem::path& folder, Mode mode);
  ~SpoolStore();
  SpoolStore(const SpoolStore&) = delete;
  SpoolStore& operator=(const SpoolStore&) = delete;

  void append(std::span<const std::byte> bytes);
  void sync();
  /// No more will come; survives a crash.
  void complete();
  /// Reads from `offset`, which lies between `begin()` and `end()`; less than asked for at a file's end.
  [[nodiscard]] std::size_t read(std::uint64_t offset, std::span<std::byte> buffer) const;
  /// Deletes the files that end at or before `offset`, but for the last, which tells how far writing came.
  void drop_before(std::uint64_t offset);
  /// Deletes the folder.
  void remove();

  [[nodiscard]] std::uint64_t begin() const { return chunks_.empty() ? end_ : chunks_.front().begin; }
  [[nodiscard]] std::uint64_t end() const { return end_; }
  /// Space for this many more bytes, as far as one can know.
  [[nodiscard]] bool has_space(std::uint64_t bytes) const;
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  struct Chunk {
    std::uint64_t begin = 0, end = 0;
  };
  [[nodiscard]] std::filesystem::path path_of(const Chunk& chunk) const;
  void find_chunks();
  void lock();
  void finish_chunk();

  std::filesystem::path folder_;
  int lock_ = -1;
  std::deque<Chunk> chunks_;
  std::unique_ptr<ByteSink> tail_;  // the last chunk, while it grows
  std::uint64_t end_ = 0;
};

}  // namespace invigil
