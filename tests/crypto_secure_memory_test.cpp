// Memory for secrets: what the kernel says about its pages, and that it is empty when it is given back.
#include "crypto/secure_memory.hpp"
#include "sanitized.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace invigil::crypto;

namespace {

/// The VmFlags of the mapping that holds `memory`.
std::set<std::string> flags_of(const void* memory) {
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  std::ifstream maps("/proc/self/smaps");
  std::string line;
  bool inside = false;
  while (std::getline(maps, line)) {
    std::uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::istringstream text(line);
    if (text >> std::hex >> begin >> dash >> end && dash == '-') inside = address >= begin && address < end;
    if (!inside || line.rfind("VmFlags:", 0) != 0) continue;
    std::istringstream words(line.substr(8));
    return {std::istream_iterator<std::string>{words}, {}};
  }
  return {};
}

bool may_lock() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_MEMLOCK, &limit) == 0 &&
         (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= (1 << 20));
}

}  // namespace

TEST_CASE("secure memory: locked, not dumped, wiped on fork") {
  Secret<32> small;
  SecureBytes large(100'000);
  for (const void* memory :
       {static_cast<const void*>(&small.bytes()), static_cast<const void*>(large.data())}) {
    const auto flags = flags_of(memory);
    if (flags.empty()) {
      MESSAGE("this kernel does not tell");
      return;
    }
    CHECK(flags.contains("dd"));
    CHECK(flags.contains("wf"));
    if (may_lock() && !invigil::test::sanitized) CHECK(flags.contains("lo"));
  }
  const std::array<char, 64> ordinary{};
  CHECK_FALSE(flags_of(ordinary.data()).contains("dd"));
}

TEST_CASE("secure memory: a freed secret leaves zeros behind, and its place is used again") {
  auto* first = allocate_secure(100);
  std::memset(first, 0x5a, 100);
  auto* second = allocate_secure(100);
  std::memset(second, 0xa5, 100);
  free_secure(first, 100);
  CHECK(std::all_of(first, first + 100,
                    [](std::byte b) { return b == std::byte{0}; }));  // the page stays mapped
  CHECK(second[0] == std::byte{0xa5});
  auto* third = allocate_secure(100);
  CHECK(third == first);
  free_secure(second, 100);
  free_secure(third, 100);
}

TEST_CASE("secure memory: every size, aligned, zeroed and apart") {
  std::vector<std::pair<std::byte*, std::size_t>> all;
  constexpr std::size_t sizes[] = {0, 1, 16, 32, 63, 64, 65, 4000, 4096, 4097, 65536};
  for (const std::size_t size : sizes)
    for (int i = 0; i < 70; ++i) all.emplace_back(allocate_secure(size), size);
  unsigned char mark = 0;
  for (auto& [memory, size] : all) {
    CHECK(reinterpret_cast<std::uintptr_t>(memory) % 64 == 0);
    CHECK(std::all_of(memory, memory + size, [](std::byte b) { return b == std::byte{0}; }));
    std::memset(memory, ++mark, size);
  }
  mark = 0;
  for (auto& [memory, size] : all) {
    ++mark;
    CHECK(std::all_of(memory, memory + size, [&](std::byte b) { return b == std::byte{mark}; }));
    free_secure(memory, size);
  }
  CHECK_THROWS_AS((void)allocate_secure(SIZE_MAX - 10), std::bad_alloc);
}

TEST_CASE("secure memory: secrets copy, move and survive a vector's growth") {
  const std::array<std::byte, 4> bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  Secret<4> a{std::span<const std::byte, 4>{bytes}};
  const Secret<4> b = a;
  Secret<4> c = std::move(a);
  a = b;
  CHECK(b.bytes() == bytes);
  CHECK(c.bytes() == bytes);
  CHECK(a.bytes() == bytes);
  a.bytes()[0] = std::byte{9};
  CHECK(b.bytes() == bytes);
  SecureBytes grown;
  for (int i = 0; i < 10'000; ++i) grown.push_back(std::byte(i & 0xff));
  CHECK(grown[9'999] == std::byte{0x0f});
}

TEST_CASE("secure memory: from many threads, and forked while they are at it") {
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      while (!stop) Secret<32> made;
    });
  bool all = true;
  for (int i = 0; i < 20; ++i) {
    const ::pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);  // a lock that nobody can open would hold it for ever
      Secret<32> made;
      ::_exit(made.bytes()[0] == std::byte{0} ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    all = all && status == 0;
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  CHECK(all);
}
