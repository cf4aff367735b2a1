// After a recording is closed, no key of it is left in the memory of the process that made it. The keys to
// look for are found out by another process, which has the private key, and come back masked, so that looking
// for them does not put them there.
#include "crypto/age.hpp"
#include "memory.hpp"
#include "recording/scan.hpp"
#include "recording/ustar.hpp"
#include "sanitized.hpp"
#include "support.hpp"
#ifdef INVIGIL_TEST_HOOKS
#include "crypto/test_hook.hpp"
#endif

#include <invigil/idcard.hpp>
#include <invigil/recording.hpp>

#include <array>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(INVIGIL_TEST_HOOKS) && !defined(INVIGIL_TEST_SANITIZED)

using namespace invigil;
using namespace invigil::test;

namespace {

constexpr std::byte mask{0xa7};
constexpr int from_parent = 40, to_parent = 41;

Bytes masked(std::span<const std::byte> secret) {
  Bytes out(secret.begin(), secret.end());
  for (auto& b : out) b ^= mask;
  return out;
}

struct Region {
  std::uint64_t begin = 0, end = 0;
};

/// What the process can write to, without what the kernel keeps there.
std::vector<Region> writable_regions() {
  std::vector<Region> regions;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream text(line);
    Region region;
    char dash = 0;
    std::string access;
    text >> std::hex >> region.begin >> dash >> region.end >> access;
    if (access.starts_with("rw") && line.find("[v") == line.npos) regions.push_back(region);
  }
  return regions;
}

/// Looks for what, masked, is one of `patterns`.
class Hunt {
 public:
  explicit Hunt(const std::vector<Bytes>& patterns) : patterns_(patterns), starts_(65536) {
    for (const Bytes& p : patterns) starts_[start(p[0] ^ mask, p[1] ^ mask)] = true;
  }
  /// How many copies lie in the whole memory of this process.
  [[nodiscard]] int copies() {
    const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    REQUIRE(memory >= 0);
    Bytes buffer(1 << 20);
    int found = 0;
    constexpr std::size_t overlap = 32;
    for (const Region& region : writable_regions())
      for (std::uint64_t at = region.begin; at < region.end;) {
        const auto want = std::min<std::uint64_t>(buffer.size(), region.end - at);
        const auto got = ::pread(memory, buffer.data(), want, static_cast<off_t>(at));
        if (got <= 0) break;
        looked_at_ += static_cast<std::uint64_t>(got);
        found += in(std::span{buffer}.first(static_cast<std::size_t>(got)));
        at += static_cast<std::uint64_t>(got);
        if (at < region.end) at -= overlap;
      }
    crypto::wipe(buffer);
    ::close(memory);
    return found;
  }
  [[nodiscard]] std::uint64_t looked_at() const { return looked_at_; }

 private:
  static std::size_t start(std::byte first, std::byte second) {
    return std::to_integer<std::size_t>(first) << 8 | std::to_integer<std::size_t>(second);
  }
  /// Unmasks one byte at a time: nothing that is looked for may come to lie in the buffer.
  static bool stands_at(const std::byte* at, const Bytes& pattern) {
    return std::equal(pattern.begin(), pattern.end(), at,
                      [](std::byte wanted, std::byte found) { return (wanted ^ mask) == found; });
  }
  [[nodiscard]] int in(std::span<const std::byte> bytes) const {
    int found = 0;
    for (std::size_t i = 0; i + 2 <= bytes.size(); ++i) {
      if (!starts_[start(bytes[i], bytes[i + 1])]) continue;
      for (const Bytes& p : patterns_)
        if (i + p.size() <= bytes.size() && stands_at(bytes.data() + i, p)) ++found;
    }
    return found;
  }
  const std::vector<Bytes>& patterns_;
  std::vector<bool> starts_;
  std::uint64_t looked_at_ = 0;
};

void write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto n = ::write(fd, bytes.data(), bytes.size());
    REQUIRE(n > 0);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}
Bytes read_until_end(int fd) {
  Bytes out, buffer(4096);
  for (;;) {
    const auto n = ::read(fd, buffer.data(), buffer.size());
    if (n <= 0) return out;
    out.insert(out.end(), buffer.begin(), buffer.begin() + n);
  }
}

/// The file key and the payload key of every member.
std::vector<Bytes> keys_of(const std::filesystem::path& tar, const Identity& identity) {
  const Bytes file = read_file(tar);
  MemorySource source{file};
  std::vector<Bytes> keys;
  for (const auto& member : recording::scan(source, std::nullopt).members) {
    const auto begin = file.begin() + static_cast<std::ptrdiff_t>(member.offset + recording::block_size);
    crypto::BufferedSource age{
        std::make_unique<MemorySource>(Bytes(begin, begin + static_cast<std::ptrdiff_t>(member.size)))};
    const auto header = crypto::read_header(age);
    const auto key = crypto::open_header(header, {{&identity, 1}, {}}, "member");
    std::array<std::byte, crypto::payload_nonce_size> nonce;
    REQUIRE(age.read(nonce) == nonce.size());
    keys.push_back(masked(key.bytes()));
    keys.push_back(masked(crypto::payload_key(key, nonce).bytes()));
  }
  return keys;
}

Bytes seed;  // masked

void record(const std::filesystem::path& path, const Recipient& recipient) {
  RecordingOptions options;
  options.segment = std::chrono::milliseconds{500};
  Recording recording{create_file(path), {recipient}, options};
  KeepUnredacted keep;
  for (std::uint64_t i = 0; i < 60; ++i) {
    RawFrame raw{Image{320, 240}, from_seconds(double(i) / 20), i};
    recording.video().write(run_stage(keep, {std::move(raw)}).front());
  }
  recording.close();
}

}  // namespace

TEST_CASE("secrets: the recording process" * doctest::skip()) {
  const std::filesystem::path folder = std::getenv("INVIGIL_TEST_FOLDER");
  crypto::on_signing_seed = [](const crypto::Secret<32>& made) { seed = masked(made.bytes()); };
  record(folder / "exam.tar", Recipient::parse(std::getenv("INVIGIL_TEST_RECIPIENT")));
  REQUIRE(seed.size() == 32);
  write_all(to_parent, to_bytes("done"));
  ::close(to_parent);

  const Bytes sent = read_until_end(from_parent);
  std::vector<Bytes> patterns{seed};
  for (std::size_t at = 0; at < sent.size();) {
    const auto size = std::to_integer<std::size_t>(sent[at]);
    const auto begin = sent.begin() + static_cast<std::ptrdiff_t>(at + 1);
    patterns.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(size));
    at += 1 + size;
  }
  REQUIRE(patterns.size() > 10);
  Hunt hunt{patterns};
  CHECK(hunt.copies() == 0);
  CHECK(hunt.looked_at() > 10'000'000);

  // The same hunt finds what is there, of each kind of key, on the heap and on the stack. The buffer of the
  // hunt may be met with a second copy in it.
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
    Bytes planted = masked(patterns[i]);  // that is, unmasked
    CHECK(hunt.copies() >= 1);
    crypto::wipe(planted);
    CHECK(hunt.copies() == 0);
  }
  std::array<std::byte, 32> on_stack;
  std::transform(seed.begin(), seed.end(), on_stack.begin(), [](std::byte b) { return b ^ mask; });
  CHECK(hunt.copies() >= 1);
  crypto::wipe(on_stack);
  CHECK(hunt.copies() == 0);
}

TEST_CASE("secrets: no key of a recording is left in memory once it is closed") {
  const TemporaryFolder folder;
  const auto identity = Identity::generate();
  std::array<int, 2> down{}, up{};
  REQUIRE(::pipe2(down.data(), O_CLOEXEC) == 0);
  REQUIRE(::pipe2(up.data(), O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, down[0], from_parent);
  ::posix_spawn_file_actions_adddup2(&actions, up[1], to_parent);
  ::setenv("INVIGIL_TEST_FOLDER", folder.path().c_str(), 1);
  ::setenv("INVIGIL_TEST_RECIPIENT", identity.recipient().to_string().c_str(), 1);
  std::string name = "invigil_tests", which = "--test-case=secrets: the recording process",
              skip = "--no-skip";
  std::array<char*, 4> arguments{name.data(), which.data(), skip.data(), nullptr};
  ::pid_t child = -1;
  REQUIRE(::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ) == 0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(down[0]);
  ::close(up[1]);

  const bool recorded = to_text(read_until_end(up[0])) == "done";
  if (recorded)
    for (const Bytes& key : keys_of(folder / "exam.tar", identity)) {
      write_all(down[1], Bytes{std::byte(key.size())});
      write_all(down[1], key);
    }
  ::close(down[1]);
  ::close(up[0]);
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(recorded);
  CHECK(status == 0);
}

#endif
