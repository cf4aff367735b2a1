#include "system_calls.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/types.h>

// The linker's --wrap=NAME gives every call of NAME in this program's objects to __wrap_NAME, and the real
// one as
// __real_NAME.
extern "C" {
ssize_t __real_write(int fd, const void* data, std::size_t size);
int __real_fdatasync(int fd);
int __real_close(int fd);
int __real_fallocate(int fd, int mode, off_t offset, off_t size);
ssize_t __wrap_write(int fd, const void* data, std::size_t size);
int __wrap_fdatasync(int fd);
int __wrap_close(int fd);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t size);
}

namespace invigil::test {

namespace {
thread_local SystemCalls* watching = nullptr;

const Fault* fault(Call call) { return watching ? watching->next(call) : nullptr; }

int failed(const Fault& what) {
  errno = what.error;
  return -1;
}
}  // namespace

SystemCalls::SystemCalls(std::vector<Fault> faults) : faults_(std::move(faults)) { watching = this; }
SystemCalls::~SystemCalls() { watching = nullptr; }

const Fault* SystemCalls::next(Call call) {
  const int number = ++counts_[static_cast<std::size_t>(call)];
  if (struck_) afterwards_.push_back(call);
  const auto found = std::find_if(faults_.begin(), faults_.end(),
                                  [&](const Fault& f) { return f.call == call && f.nth == number; });
  if (found == faults_.end()) return nullptr;
  struck_ = struck_ || found->error != 0;
  return &*found;
}

}  // namespace invigil::test

using invigil::test::Call;
using invigil::test::failed;
using invigil::test::fault;

ssize_t __wrap_write(int fd, const void* data, std::size_t size) {
  const auto* f = fault(Call::write);
  if (f && f->error != 0) return failed(*f);
  return __real_write(fd, data, f ? std::max<std::size_t>(size / 2, 1) : size);
}
int __wrap_fdatasync(int fd) {
  const auto* f = fault(Call::fdatasync);
  return f ? failed(*f) : __real_fdatasync(fd);
}
/// As Linux does it: whatever close(2) returns, the descriptor is gone.
int __wrap_close(int fd) {
  const auto* f = fault(Call::close);
  const int result = __real_close(fd);
  return f ? failed(*f) : result;
}
int __wrap_fallocate(int fd, int mode, off_t offset, off_t size) {
  const auto* f = fault(Call::fallocate);
  return f ? failed(*f) : __real_fallocate(fd, mode, offset, size);
}
