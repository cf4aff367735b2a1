// Preloaded into the app by tests. Notes outside the process what was synced, so that it is known after kill
// -9; and changes the wall clock under it.
//
// INVIGIL_WITNESS=FILE: 8 bytes, the size that the recording (a file named *.tar) had when its last fdatasync
// returned. INVIGIL_CLOCK_JUMPS=S:J,S:J...: S seconds after the start the wall clock is J seconds off.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

std::uint64_t* open_witness() {
  const char* path = std::getenv("INVIGIL_WITNESS");
  if (!path) return nullptr;
  const int fd = open(path, O_RDWR | O_CREAT, 0600);
  if (fd < 0 || ftruncate(fd, sizeof(std::uint64_t)) != 0) std::abort();
  void* page = mmap(nullptr, sizeof(std::uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) std::abort();
  return static_cast<std::uint64_t*>(page);
}

bool is_recording(int fd) {
  char link[64] = "/proc/self/fd/", path[4096];
  int at = 14;
  for (int digits = fd, divisor = 1000000; divisor > 0; divisor /= 10)
    if (digits / divisor > 0 || divisor == 1 || at > 14)
      link[at++] = static_cast<char>('0' + digits / divisor % 10);
  const ssize_t n = readlink(link, path, sizeof path);
  return n > 0 && std::string_view{path, static_cast<std::size_t>(n)}.ends_with(".tar");
}

std::int64_t monotonic_ms() {
  timespec now{};
  next<int(clockid_t, timespec*)>("clock_gettime")(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
const std::int64_t started = monotonic_ms();

/// By how many seconds the wall clock is off now.
std::int64_t jump() {
  static const char* const text = std::getenv("INVIGIL_CLOCK_JUMPS");
  std::int64_t off = 0;
  for (const char* at = text; at && *at;) {
    char* end = nullptr;
    const double after = std::strtod(at, &end);
    if (*end != ':') break;
    const auto jumped = std::strtoll(end + 1, &end, 10);
    if (static_cast<double>(monotonic_ms() - started) >= after * 1000) off = jumped;
    at = *end == ',' ? end + 1 : end;
  }
  return off;
}

}  // namespace

extern "C" {

int fdatasync(int fd) {
  static std::uint64_t* const witness = open_witness();
  const int result = next<int(int)>("fdatasync")(fd);
  struct stat file {};
  if (result == 0 && witness && is_recording(fd) && fstat(fd, &file) == 0)
    __atomic_store_n(witness, static_cast<std::uint64_t>(file.st_size), __ATOMIC_SEQ_CST);
  return result;
}

int clock_gettime(clockid_t clock, timespec* now) {
  static auto* const real = next<int(clockid_t, timespec*)>("clock_gettime");
  const int result = real(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += jump();
  return result;
}
int gettimeofday(timeval* now, void* zone) {
  static auto* const real = next<int(timeval*, void*)>("gettimeofday");
  const int result = real(now, zone);
  if (result == 0) now->tv_sec += jump();
  return result;
}
time_t time(time_t* out) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
}
