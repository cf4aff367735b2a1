// age files: the specification's vectors, the stock program both ways, and every way to break one.
#include "age_vector.hpp"
#include "crypto/age.hpp"
#include "crypto/encoding.hpp"
#include "memory.hpp"
#include "support.hpp"

#include <invigil/armor.hpp>
#include <invigil/crypto.hpp>

#include <numeric>

#include <fmt/format.h>

using namespace invigil;
using namespace invigil::test;

namespace {

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = std::byte((i * 31 + i / 251) & 0xffU);
  return bytes;
}

Bytes sealed(const Bytes& plaintext, const std::vector<Recipient>& recipients, std::size_t step = SIZE_MAX,
             bool armored = false) {
  const auto out = std::make_shared<Bytes>();
  std::unique_ptr<ByteSink> memory = std::make_unique<MemorySink>(out);
  if (armored) memory = armor(std::move(memory));
  const auto sink = encrypt(std::move(memory), recipients);
  for (std::size_t at = 0; at < plaintext.size(); at += std::min(step, plaintext.size() - at))
    sink->write(std::span{plaintext}.subspan(at, std::min(step, plaintext.size() - at)));
  sink->close();
  return *out;
}

Bytes opened(Bytes file, const Identity& identity) {
  const auto source = decrypt(std::make_unique<MemorySource>(std::move(file)), {identity});
  Bytes out;
  read_all(*source, out);
  return out;
}

constexpr std::size_t sizes[] = {0, 1, 65535, 65536, 65537, 131071, 131072, 131073};
constexpr std::size_t large = 10'000'000;

}  // namespace

TEST_CASE("age: the specification's vectors, byte for byte and failure for failure") {
  const auto folder = test_vectors("age vectors");
  if (!folder) return;
  int ran = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder / "age")) {
    const auto vector = load_age_vector(entry.path());
    CAPTURE(vector.name);
    if (vector.field("identity").starts_with("AGE-SECRET-KEY-PQ-")) {
      CHECK(thrown_by([&] { (void)vector.identities(); }) == Errc::unsupported);
      continue;
    }
    const auto identities = vector.identities();
    const auto passphrases = vector.passphrases();
    // In steps, all at once, and as a file that can be read at any place.
    for (const std::size_t step : {std::size_t{1}, std::size_t{997}, SIZE_MAX}) {
      if (step == 1 && vector.file.size() > 300000) continue;
      for (const std::size_t buffer : {std::size_t{10007}, std::size_t{70000}}) {
        Bytes released;
        bool in_payload = false;
        std::string message;
        const auto error = thrown_by(
            [&] {
              const auto source = decrypt(std::make_unique<MemorySource>(vector.file, step != 997, step),
                                          identities, passphrases);
              in_payload = true;
              read_all(*source, released, buffer);
            },
            &message);
        CAPTURE(message);
        CHECK(outcome(error, message, in_payload) == vector.field("expect"));
        if (vector.has("payload")) CHECK(crypto::hex(crypto::sha256(released)) == vector.field("payload"));
      }
    }
    ++ran;
  }
  CHECK(ran >= 40);
}

TEST_CASE("age: what is encrypted decrypts, at every size around the chunks") {
  const auto a = Identity::generate(), b = Identity::generate(), stranger = Identity::generate();
  for (const std::size_t size : sizes)
    for (const std::size_t step : {std::size_t{1000}, std::size_t{65536}, SIZE_MAX}) {
      CAPTURE(size);
      const Bytes plaintext = pattern(size);
      const Bytes file = sealed(plaintext, {a.recipient(), b.recipient()}, step);
      CHECK(opened(file, a) == plaintext);
      CHECK(opened(file, b) == plaintext);
      CHECK(thrown_by([&] { opened(file, stranger); }) == Errc::no_identity);
    }
}

TEST_CASE("age: a file sealed in memory is the same format") {
  const auto a = Identity::generate();
  for (const std::size_t size : sizes) {
    Bytes out = to_bytes("before");
    const Bytes plaintext = pattern(size);
    const auto recipients = std::vector{a.recipient()};
    const auto parts = crypto::seal_into(out, plaintext, crypto::prepare(recipients));
    const Bytes file(out.begin() + 6, out.end());
    REQUIRE(file.size() == parts.header_size + parts.payload_size);
    auto result = crypto::open_age(std::make_unique<MemorySource>(file), std::span{&a, 1});
    CHECK(result.commitment == parts.commitment);
    Bytes back;
    read_all(*result.plaintext, back);
    CHECK(back == plaintext);
  }
}

TEST_CASE("age: the stock program opens ours and we open its files, binary and armored") {
  if (!program_or_skip("age")) return;
  const TemporaryFolder folder;
  const auto identity = Identity::generate();
  write_file(folder / "key", to_bytes("# a comment\n\n" + identity.secret_text() + "\n"));
  const auto age = [&](const std::string& arguments, const char* in, const char* out) {
    std::filesystem::remove(folder / out);
    return run(fmt::format("age {} -o {} {} 2>/dev/null", arguments, (folder / out).string(),
                           (folder / in).string())) == 0;
  };
  std::vector<std::size_t> all{std::begin(sizes), std::end(sizes)};
  all.push_back(large);
  for (const std::size_t size : all) {
    CAPTURE(size);
    const Bytes plaintext = pattern(size);
    write_file(folder / "plain", plaintext);
    const std::vector recipients{identity.recipient(), Identity::generate().recipient()};
    for (const bool armored : {false, true}) {
      CAPTURE(armored);
      write_file(folder / "ours.age", sealed(plaintext, recipients, SIZE_MAX, armored));
      REQUIRE(age("-d -i " + (folder / "key").string(), "ours.age", "back"));
      CHECK(read_file(folder / "back") == plaintext);
      REQUIRE(age((armored ? "-a -r " : "-r ") + identity.recipient().to_string(), "plain", "theirs.age"));
      CHECK(opened(read_file(folder / "theirs.age"), Identity::load(folder / "key").front()) == plaintext);
    }
  }
}

TEST_CASE("age: no byte can be flipped or cut off unnoticed, and only authentic chunks are released") {
  const auto identity = Identity::generate();
  const Bytes plaintext = pattern(70000);
  const Bytes file = sealed(plaintext, {identity.recipient()});
  const auto check_prefix = [&](const Bytes& bad) {
    Bytes released;
    const auto error = thrown_by([&] {
      const auto source = decrypt(std::make_unique<MemorySource>(bad), {identity});
      read_all(*source, released);
    });
    CHECK(error.has_value());
    CHECK((released.empty() || released.size() == 65536));
    CHECK(std::equal(released.begin(), released.end(), plaintext.begin()));
  };
  for (std::size_t at = 0; at < file.size(); at += at < 400 ? 1 : 997) {
    CAPTURE(at);
    Bytes flipped = file;
    flipped[at] ^= std::byte{0x10};
    check_prefix(flipped);
    check_prefix(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(at)));
  }
}

TEST_CASE("age: bad input is a typed error") {
  const auto identity = Identity::generate();
  const auto open = [&](std::string_view text) {
    return thrown_by([&] { opened(to_bytes(text), identity); });
  };
  CHECK(open("") == Errc::bad_header);
  CHECK(open("hello\n") == Errc::bad_header);
  CHECK(open("age-encryption.org/v1\n") == Errc::bad_header);
  CHECK(open("age-encryption.org/v1\n---\n") == Errc::bad_header);
  CHECK(open("age-encryption.org/v2\n-> X25519 a\n\n--- a\n") == Errc::bad_header);
  CHECK(open(std::string(3'000'000, 'a')) == Errc::bad_header);  // no line feed: bounded, not read to the end
  std::string many = "age-encryption.org/v1\n";
  while (many.size() < 2 * crypto::max_header_size) many += "-> grease\n\n";
  CHECK(open(many) == Errc::bad_header);
  CHECK(thrown_by([] { (void)sealed(Bytes{}, {}); }) == Errc::argument);
  const auto out = std::make_shared<Bytes>();
  const auto sink = encrypt(std::make_unique<MemorySink>(out), {identity.recipient()});
  sink->close();
  sink->close();
  CHECK(thrown_by([&] { sink->write(to_bytes("late")); }) == Errc::closed);
  // The recipient of order one, which any file key would be open under.
  const std::array<std::byte, 32> zero{};
  const auto weak = Recipient::parse(crypto::bech32("age", zero));
  CHECK(thrown_by([&] { (void)sealed(Bytes{}, {weak}); }) == Errc::argument);
}

TEST_CASE("age: a sink that failed stays failed") {
  class Failing final : public ByteSink {
   public:
    void write(std::span<const std::byte> bytes) override {
      if ((written_ += bytes.size()) > 1000) throw Error(Errc::io, "disk", "is full");
    }

   private:
    std::size_t written_ = 0;
  };
  const auto sink = encrypt(std::make_unique<Failing>(), {Identity::generate().recipient()});
  CHECK(thrown_by([&] { sink->write(pattern(200000)); }) == Errc::io);
  CHECK(thrown_by([&] { sink->write(pattern(1)); }) == Errc::closed);
  CHECK(thrown_by([&] { sink->close(); }) == Errc::closed);
}
