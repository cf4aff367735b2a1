#include "base/preallocation.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace invigil {

namespace {

/// About a minute of a recording: rare enough to cost nothing, small enough to be no loss on a nearly full
/// disk.
constexpr std::uint64_t step = std::uint64_t{4} << 20;

int allocate(int fd, std::uint64_t from, std::uint64_t to) {
#ifdef FALLOC_FL_KEEP_SIZE
  while (::fallocate(fd, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from), static_cast<off_t>(to - from)) != 0)
    if (errno != EINTR) return errno;
  return 0;
#else
  return fd >= 0 && from <= to ? EOPNOTSUPP : EINVAL;
#endif
}

bool means_full(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

/// Of file systems that cannot, and of pipes and devices.
bool means_unsupported(int error) {
  return error == EOPNOTSUPP || error == ENOSYS || error == EINVAL || error == ENODEV || error == ESPIPE ||
         error == EPERM;
}

/// Somebody else may take it before we do; better than nothing.
int look_for(int fd, std::uint64_t bytes) {
  struct stat file {};
  struct statvfs disk {};
  if (::fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || ::fstatvfs(fd, &disk) != 0 || disk.f_blocks == 0)
    return 0;
  return disk.f_bavail >= bytes / std::max<std::uint64_t>(disk.f_frsize, 1) + 1 ? 0 : ENOSPC;
}

}  // namespace

int Preallocation::reach(int fd, std::uint64_t end, std::uint64_t bytes) {
  if (!supported_) return look_for(fd, bytes);
  if (end + bytes <= reached_) return 0;
  const std::uint64_t from = std::max(reached_, end);
  for (const std::uint64_t to : {end + bytes + step, end + bytes}) {
    const int error = allocate(fd, from, to);
    if (error == 0) {
      reached_ = to;
      return 0;
    }
    if (means_unsupported(error)) {
      supported_ = false;
      return look_for(fd, bytes);
    }
    if (!means_full(error)) return error;
  }
  return ENOSPC;
}

void Preallocation::give_back(int fd, std::uint64_t end) {
  if (reached_ <= end) return;
  reached_ = end;
  // To its own size: only the blocks beyond go. Space that stays taken is no loss of data, so nobody is told.
  static_cast<void>(!::ftruncate(fd, static_cast<off_t>(end)));
}

}  // namespace invigil
