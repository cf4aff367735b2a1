// How much memory encrypting and decrypting takes, whatever the size.
#include "memory.hpp"
#include "sanitized.hpp"
#include "support.hpp"

#include <invigil/armor.hpp>
#include <invigil/crypto.hpp>

#include <fstream>

using namespace invigil;
using namespace invigil::test;

namespace {

/// In KiB, from /proc/self/status; nothing where there is none.
std::optional<long> memory_now(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key + ":")) return std::stol(line.substr(key.size() + 1));
  return std::nullopt;
}

/// By how many KiB `job` raises what this process holds, at its highest.
template <class Job>
std::optional<long> most_held(Job&& job) {
  std::ofstream reset("/proc/self/clear_refs");
  reset << 5 << std::flush;  // forgets the highest so far (proc(5))
  const auto before = memory_now("VmRSS");
  if (!reset || !before || !memory_now("VmHWM")) return std::nullopt;
  job();
  return *memory_now("VmHWM") - *before;
}

constexpr std::size_t piece = std::size_t{1} << 20, pieces = 64;

}  // namespace

TEST_CASE("age: memory does not grow with the file, binary or armored") {
  const TemporaryFolder folder;
  const auto identity = Identity::generate();
  const Bytes data(piece, std::byte{0x5a});
  for (const bool armored : {false, true}) {
    CAPTURE(armored);
    const auto path = folder / (armored ? "armored" : "binary");
    const auto sealing = most_held([&] {
      auto file = create_file(path);
      if (armored) file = armor(std::move(file));
      const auto sink = encrypt(std::move(file), {identity.recipient()});
      for (std::size_t i = 0; i < pieces; ++i) sink->write(data);
      sink->close();
    });
    std::size_t total = 0;
    const auto opening = most_held([&] {
      const auto source = decrypt(open_file(path), {identity});
      Bytes buffer(100'000);
      while (const std::size_t n = source->read(buffer)) total += n;
    });
    CHECK(total == piece * pieces);
    if (sanitized) continue;
    if (!sealing || !opening) {
      MESSAGE("this system does not tell");
      return;
    }
    CHECK(*sealing < 8 * 1024);  // of 64 MiB; a sanitizer's own is in it
    CHECK(*opening < 8 * 1024);
  }
}
