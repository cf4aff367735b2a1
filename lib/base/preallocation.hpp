// Room on the disk that belongs to a file before it is written.
#pragma once

#include <cstdint>

namespace invigil {

/// Blocks beyond a file's end. They cost no size, only space, and the file grows into them. Blocks are taken
/// some megabytes at a time, so that not every write allocates.
class Preallocation {
 public:
  /// Takes what is missing for `bytes` beyond `end`, the file's size. 0 when that much can be written, also
  /// on what is no regular file; ENOSPC when there is no room; else another errno. Where the file system
  /// cannot preallocate (NFS before 4.2, FAT, some FUSE ones), free space is looked at instead.
  [[nodiscard]] int reach(int fd, std::uint64_t end, std::uint64_t bytes);
  /// Frees what lies beyond `end`.
  void give_back(int fd, std::uint64_t end);

 private:
  std::uint64_t reached_ = 0;
  bool supported_ = true;
};

}  // namespace invigil
