// A whole recording: verified, played, shredded and given new recipients. Seeds: recordings that the identity
// below opens. The mutator mends the tar headers, so that mutations get behind them.
#include "fuzz.hpp"
#include "recording/ustar.hpp"

#include <invigil/playback.hpp>
#include <invigil/rewrap.hpp>
#include <invigil/shred.hpp>

#include <algorithm>
#include <cstring>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

using namespace invigil;

/// Of the public test vectors of age, so that it protects nothing.
const std::vector<Identity>& identities() {
  static const std::vector<Identity> known{
      Identity::parse("AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0")};
  return known;
}

class Output final : public ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override {
    for (const std::byte b : bytes) bytes_.push_back(std::to_integer<std::uint8_t>(b));
  }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

/// The same bytes, but they can be read only once.
class Pipe final : public ByteSource {
 public:
  explicit Pipe(std::span<const std::uint8_t> data) : memory_(data) {}
  std::size_t read(std::span<std::byte> buffer) override { return memory_.read(buffer); }

 private:
  fuzz::Memory memory_;
};

Verification verified(std::span<const std::uint8_t> data) {
  fuzz::Memory recording{data};
  return verify(recording);
}

/// A file and a pipe are judged the same, as far as a pipe can tell why.
void verify_both(std::span<const std::uint8_t> data) {
  const auto file = verified(data);
  Pipe pipe{data};
  const auto streamed = verify(pipe);
  fuzz::require((file.state == RecordingState::whole) == (streamed.state == RecordingState::whole));
  if (file.state == RecordingState::whole) fuzz::require(file.bad.empty() && streamed.bad.empty());
}

void play(std::span<const std::uint8_t> data) {
  const Playback playback{std::make_unique<fuzz::Memory>(data), identities()};
  Output media;
  playback.write_media(media);
  fuzz::require(media.bytes().size() <= data.size());
  static_cast<void>(playback.flags());
  static_cast<void>(playback.gaps());
  static_cast<void>(playback.damage());
}

/// Whatever the input was: no media is readable afterwards, and doing it again changes nothing.
void shred_all(std::span<const std::uint8_t> data) {
  fuzz::Memory recording{data};
  Output once, twice;
  static_cast<void>(shred(recording, {}, once, {.keep_flagged = false}));
  fuzz::require(verified(once.bytes()).segments == 0);
  fuzz::Memory again{once.bytes()};
  const auto report = shred(again, {}, twice, {.keep_flagged = false});
  fuzz::require(report.shredded.empty() && std::ranges::equal(once.bytes(), twice.bytes()));
}

void change(std::span<const std::uint8_t> data) {
  fuzz::Memory recording{data};
  Output kept;
  static_cast<void>(shred(recording, identities(), kept, {.pad = {}}));
  fuzz::Memory rest{kept.bytes()};
  Output other;
  static_cast<void>(rewrap(rest, identities(), {identities().front().recipient()}, other));
  // Shredding and re-wrapping do no harm to what was whole.
  if (verified(data).state == RecordingState::whole) {
    fuzz::require(verified(kept.bytes()).state == RecordingState::whole);
    fuzz::require(verified(other.bytes()).state == RecordingState::whole);
  }
}

/// Puts the right checksum into everything that looks like a tar header.
void mend(std::span<std::uint8_t> data) {
  constexpr std::size_t block = recording::block_size, checksum = 148;
  for (std::size_t at = 0; at + block <= data.size(); at += block) {
    const auto header = data.subspan(at, block);
    if (std::memcmp(header.data() + 257, "ustar", 5) != 0) continue;
    std::fill_n(header.begin() + checksum, 8, std::uint8_t{' '});
    unsigned sum = 0;
    for (const std::uint8_t b : header) sum += b;
    for (std::size_t digit = 6; digit > 0; sum /= 8)
      header[checksum + --digit] = static_cast<std::uint8_t>('0' + sum % 8);
    header[checksum + 6] = 0;
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  const std::size_t mutated = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 4 != 0) mend({data, mutated});
  return mutated;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> all{data, size};
  fuzz::errors_only([&] { verify_both(all); });
  fuzz::errors_only([&] { play(all); });
  fuzz::errors_only([&] { shred_all(all); });
  fuzz::errors_only([&] { change(all); });
  return 0;
}
