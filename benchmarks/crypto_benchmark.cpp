// What encryption costs beyond the bare cipher, and what a member of a recording costs whatever its size.
#include "crypto/age.hpp"
#include "crypto/primitives.hpp"
#include "recording/archive.hpp"

#include <invigil/crypto.hpp>
#include <invigil/memory.hpp>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

using namespace invigil;

namespace {

using Bytes = std::vector<std::byte>;
constexpr std::size_t megabytes = 64;

const Bytes& plaintext() {
  static const Bytes bytes = [] {
    Bytes made(megabytes << 20);
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = std::byte(i * 7 >> 3 & 0xffU);
    return made;
  }();
  return bytes;
}

class Memory final : public ByteSink {
 public:
  explicit Memory(Bytes& out) : out_(out) {}
  void write(std::span<const std::byte> bytes) override {
    if (at_ + bytes.size() > out_.size()) std::abort();
    std::memcpy(out_.data() + at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  [[nodiscard]] std::size_t written() const { return at_; }

 private:
  Bytes& out_;
  std::size_t at_ = 0;
};
class Nowhere final : public ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override { benchmark::DoNotOptimize(bytes.data()); }
};
const Identity& identity() {
  static const Identity made = Identity::generate();
  return made;
}

std::size_t encrypt_into(Bytes& out) {
  auto memory = std::make_unique<Memory>(out);
  const Memory& counter = *memory;
  const auto sink = encrypt(std::move(memory), {identity().recipient()});
  sink->write(plaintext());
  sink->close();
  return counter.written();
}
bool decrypts(std::span<const std::byte> file, Bytes& buffer, bool compare) {
  const auto source = decrypt(open_memory(file), {identity()});
  std::size_t at = 0;
  while (const std::size_t n = source->read(buffer)) {
    if (compare && std::memcmp(buffer.data(), plaintext().data() + at, n) != 0) return false;
    at += n;
  }
  return at == plaintext().size();
}

void set_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * std::int64_t(plaintext().size()));
}

/// The yardstick: the cipher alone, 64 KiB at a time, into the same buffer again and again.
void bare_seal(benchmark::State& state) {
  crypto::Aead aead{crypto::Key{}, crypto::Aead::Direction::seal};
  Bytes out((64 << 10) + crypto::tag_size);
  for (auto _ : state)
    for (std::size_t at = 0; at < plaintext().size(); at += 64 << 10)
      aead.seal(crypto::chunk_nonce(at, false), std::span{plaintext()}.subspan(at, 64 << 10), out.data());
  set_bytes(state);
}
BENCHMARK(bare_seal)->Unit(benchmark::kMillisecond);

/// The same for opening: a file's worth of sealed chunks, one after the other.
void bare_open(benchmark::State& state) {
  constexpr std::size_t plain = 64 << 10, sealed = plain + crypto::tag_size;
  const std::size_t chunks = plaintext().size() / plain;
  Bytes file(chunks * sealed), out(plain);
  crypto::Aead sealing{crypto::Key{}, crypto::Aead::Direction::seal};
  for (std::size_t i = 0; i < chunks; ++i)
    sealing.seal(crypto::chunk_nonce(i, false), std::span{plaintext()}.subspan(i * plain, plain),
                 file.data() + i * sealed);
  crypto::Aead aead{crypto::Key{}, crypto::Aead::Direction::open};
  for (auto _ : state)
    for (std::size_t i = 0; i < chunks; ++i)
      if (!aead.open(crypto::chunk_nonce(i, false), std::span{file}.subspan(i * sealed, sealed), out.data()))
        state.SkipWithError("does not open");
  set_bytes(state);
}
BENCHMARK(bare_open)->Unit(benchmark::kMillisecond);

void age_encrypt(benchmark::State& state) {
  Bytes out(plaintext().size() + (1 << 20)), buffer(1 << 20);
  if (!decrypts(std::span{out}.first(encrypt_into(out)), buffer, true))
    return state.SkipWithError("what was encrypted does not decrypt");
  for (auto _ : state) {  // into nowhere: what is timed is encryption, not the destination
    const auto sink = encrypt(std::make_unique<Nowhere>(), {identity().recipient()});
    sink->write(plaintext());
    sink->close();
  }
  set_bytes(state);
}
BENCHMARK(age_encrypt)->Unit(benchmark::kMillisecond);

void age_decrypt(benchmark::State& state) {
  Bytes out(plaintext().size() + (1 << 20)), buffer(1 << 20);
  const auto file = std::span{out}.first(encrypt_into(out));
  if (!decrypts(file, buffer, true)) return state.SkipWithError("what was encrypted does not decrypt");
  for (auto _ : state)
    if (!decrypts(file, buffer, false)) state.SkipWithError("does not decrypt");
  set_bytes(state);
}
BENCHMARK(age_decrypt)->Unit(benchmark::kMillisecond);

/// A member with its note: header for two recipients, hashes, tree, signature. Size 0: the fixed cost.
void recording_member(benchmark::State& state) {
  recording::ArchiveWriter writer{std::make_unique<Nowhere>(),
                                  {identity().recipient(), Identity::generate().recipient()}};
  const auto content = std::span{plaintext()}.first(static_cast<std::size_t>(state.range(0)));
  writer.add(recording::MemberKind::init, content, {}, {}, false);
  const auto before = writer.bytes();
  Timestamp time{};
  for (auto _ : state) {
    writer.add(recording::MemberKind::media, content, time, std::chrono::seconds{1}, true);
    time += std::chrono::seconds{1};
  }
  if (writer.bytes() < before + std::uint64_t(state.iterations()) * content.size())
    state.SkipWithError("not everything was written");
}
BENCHMARK(recording_member)->Arg(0)->Arg(64 << 10)->Unit(benchmark::kMicrosecond);

}  // namespace
