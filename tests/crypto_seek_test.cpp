// Reading decrypted files at any place: the same bytes as in order, and none that are not authentic.
#include "crypto/age.hpp"
#include "memory.hpp"

#include <invigil/crypto.hpp>

#include <random>

using namespace invigil;
using namespace invigil::test;

namespace {

constexpr std::size_t chunk = 65536;

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = std::byte((i * 31 + i / 251) & 0xffU);
  return bytes;
}

const Identity& identity() {
  static const Identity made = Identity::generate();
  return made;
}

Bytes sealed(const Bytes& plaintext) {
  const auto out = std::make_shared<Bytes>();
  const auto sink = encrypt(std::make_unique<MemorySink>(out), {identity().recipient()});
  sink->write(plaintext);
  sink->close();
  return *out;
}

std::unique_ptr<ByteSource> open(const Bytes& file, bool seekable = true, std::size_t step = SIZE_MAX) {
  return decrypt(std::make_unique<MemorySource>(file, seekable, step), {identity()});
}

/// Where the payload begins, behind its nonce.
std::size_t payload(const Bytes& file) {
  return to_text(file).find('\n', to_text(file).find("\n--- ") + 1) + 1 + 16;
}

/// Counts what is read of it.
class Counting final : public ByteSource {
 public:
  Counting(Bytes bytes, std::size_t& read) : memory_(std::move(bytes)), read_(read) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t n = memory_.read(buffer);
    read_ += n;
    return n;
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return memory_.size(); }
  void seek(std::uint64_t offset) override { memory_.seek(offset); }

 private:
  MemorySource memory_;
  std::size_t& read_;
};

}  // namespace

TEST_CASE("seek: any place of any size gives what reading in order gives") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, chunk - 1, chunk, chunk + 1, 2 * chunk - 1,
                                 2 * chunk, 2 * chunk + 1, 3 * chunk + 5}) {
    CAPTURE(size);
    const Bytes plaintext = pattern(size);
    const Bytes file = sealed(plaintext);
    const auto source = open(file, true, 997);
    CHECK(source->size() == size);
    std::mt19937 random{1};
    for (int i = 0; i < 40; ++i) {
      const std::size_t at = i < 3 ? (i == 0 ? size : i == 1 ? 0 : size / 2) : random() % (size + 2);
      const std::size_t want = i % 2 ? random() % 1000 : random() % (2 * chunk);
      CAPTURE(at);
      CAPTURE(want);
      source->seek(at);
      Bytes got(want);
      std::size_t done = 0;
      while (done < want) {
        const std::size_t n = source->read(std::span{got}.subspan(done));
        if (n == 0) break;
        done += n;
      }
      const std::size_t begin = std::min(at, size);
      CHECK(done == std::min(want, size - begin));
      CHECK(std::equal(got.begin(), got.begin() + static_cast<std::ptrdiff_t>(done),
                       plaintext.begin() + static_cast<std::ptrdiff_t>(begin)));
    }
  }
}

TEST_CASE("seek: a small part costs a few chunks, not the file") {
  const Bytes plaintext = pattern(100 * chunk);
  const Bytes file = sealed(plaintext);
  std::size_t read = 0;
  const auto source = decrypt(std::make_unique<Counting>(file, read), {identity()});
  source->seek(50 * chunk + 7);
  Bytes got(1000);
  CHECK(source->read(got) == got.size());
  CHECK(std::equal(got.begin(), got.end(), plaintext.begin() + 50 * chunk + 7));
  CHECK(read < 3 * (chunk + 16) + 8192);
}

TEST_CASE("size: asked for in the middle, it changes nothing") {
  const Bytes plaintext = pattern(2 * chunk + 100);
  const auto source = open(sealed(plaintext));
  Bytes got(1000);
  CHECK(source->read(got) == 1000);
  CHECK(source->size() == plaintext.size());
  Bytes rest;
  read_all(*source, rest);
  CHECK(rest == Bytes(plaintext.begin() + 1000, plaintext.end()));
}

TEST_CASE(
    "size: a file that was cut is not believed, wherever it was cut; what is authentic is still given") {
  const Bytes plaintext = pattern(2 * chunk + 100);
  const Bytes file = sealed(plaintext);
  const std::size_t begin = payload(file);
  for (const std::size_t left : {begin, begin + 1, begin + 15, begin + 16, begin + 17, begin + chunk + 15,
                                 begin + chunk + 16, begin + chunk + 17, begin + chunk + 32,
                                 begin + 2 * (chunk + 16), begin + 2 * (chunk + 16) + 16, file.size() - 1}) {
    CAPTURE(left);
    const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(left));
    const auto source = open(cut);
    const auto error = thrown_by([&] { (void)source->size(); });
    CHECK((error == Errc::tampered || error == Errc::truncated));
    CHECK(thrown_by([&] { source->seek(0); }).has_value());
    Bytes prefix;
    CHECK(thrown_by([&] { read_all(*source, prefix); }).has_value());
    CHECK(prefix.size() == std::min((left - begin) / (chunk + 16), std::size_t{2}) * chunk);
    CHECK(std::equal(prefix.begin(), prefix.end(), plaintext.begin()));
  }
  Bytes longer = file;
  longer.push_back(std::byte{0});
  CHECK(thrown_by([&] { (void)open(longer)->size(); }) == Errc::tampered);
}

TEST_CASE("seek: a damaged chunk gives nothing, and the error stays") {
  const Bytes plaintext = pattern(3 * chunk);
  Bytes file = sealed(plaintext);
  file[payload(file) + chunk + 16 + 1000] ^= std::byte{1};
  const auto source = open(file);
  CHECK(source->size() == plaintext.size());
  source->seek(2 * chunk + 10);
  Bytes got(chunk, std::byte{0xee});
  CHECK(source->read(std::span{got}.first(10)) == 10);
  CHECK(std::equal(got.begin(), got.begin() + 10, plaintext.begin() + 2 * chunk + 10));
  source->seek(chunk);
  std::fill(got.begin(), got.end(), std::byte{0xee});
  CHECK(thrown_by([&] { (void)source->read(got); }) == Errc::tampered);
  // Neither the plaintext nor a part of it stands in the caller's buffer.
  CHECK(std::all_of(got.begin(), got.end(), [](std::byte b) { return b == std::byte{0}; }));
  CHECK(thrown_by([&] { (void)source->read(got); }) == Errc::tampered);
  CHECK(thrown_by([&] { source->seek(0); }) == Errc::tampered);
}

TEST_CASE("seek: chunks in another order, or one marked last too early, are refused before they are given") {
  const Bytes plaintext = pattern(3 * chunk);
  Bytes file = sealed(plaintext);
  const auto at = [&](std::size_t i) {
    return file.begin() + static_cast<std::ptrdiff_t>(payload(file) + i * (chunk + 16));
  };
  std::swap_ranges(at(0), at(1), at(1));
  const auto swapped = open(file);
  CHECK(swapped->size() == plaintext.size());
  Bytes got(100);
  swapped->seek(chunk);
  CHECK(thrown_by([&] { (void)swapped->read(got); }) == Errc::tampered);

  // Two last chunks, by somebody who has the key.
  Bytes two = sealed(pattern(chunk));
  const auto key = [&] {
    crypto::BufferedSource header{std::make_unique<MemorySource>(two)};
    const auto parsed = crypto::read_header(header);
    std::array<std::byte, 16> nonce;
    (void)header.read(nonce);
    return crypto::payload_key(crypto::open_header(parsed, {{&identity(), 1}, {}}, "test"), nonce);
  }();
  Bytes second(chunk + 16);
  crypto::Aead{key, crypto::Aead::Direction::seal}.seal(crypto::chunk_nonce(1, true), pattern(chunk),
                                                        second.data());
  two.insert(two.end(), second.begin(), second.end());
  const auto source = open(two);
  CHECK(source->size() == 2 * chunk);
  CHECK(thrown_by([&] { (void)source->read(got); }) == Errc::tampered);  // the first claims to be the last
}

TEST_CASE("seek: what cannot seek says so, and has no size") {
  const auto source = open(sealed(pattern(10)), false);
  CHECK_FALSE(source->size().has_value());
  CHECK(thrown_by([&] { source->seek(0); }) == Errc::unsupported);
  Bytes all;
  read_all(*source, all);
  CHECK(all == pattern(10));
}
