// age files: the specification's vectors, the stock program both ways, and every way to break one.
#include "crypto/age.hpp"
#include "crypto/encoding.hpp"
#include "memory.hpp"
#include "support.hpp"

#include <invigil/crypto.hpp>

#include <map>
#include <numeric>

#include <fmt/format.h>

using namespace invigil;
using namespace invigil::test;

namespace {

struct Vector {
  std::map<std::string, std::string> fields;
  Bytes file;
};

Vector load_vector(const std::filesystem::path& path) {
  Vector vector;
  const Bytes bytes = read_file(path);
  std::string text = to_text(bytes);
  std::size_t at = 0;
  while (at < text.size() && text[at] != '\n') {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at);
    const std::size_t colon = line.find(": ");
    vector.fields[line.substr(0, colon)] = line.substr(colon + 2);
    at = end + 1;
  }
  vector.file = to_bytes(std::string_view{text}.substr(std::min(at + 1, text.size())));
  return vector;
}

Bytes inflate(const Bytes& compressed) {
  const TemporaryFolder folder;
  write_file(folder / "in", compressed);
  REQUIRE(run("python3 -c 'import sys,zlib; "
              "sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))' < " +
              (folder / "in").string() + " > " + (folder / "out").string()) == 0);
  return read_file(folder / "out");
}

std::string expected_by(const std::optional<Errc>& error, bool in_payload) {
  if (!error) return "success";
  if (*error == Errc::no_identity) return "no match";
  if (*error == Errc::bad_header) return "header failure";
  if (*error == Errc::tampered && !in_payload) return "HMAC failure";
  return "payload failure";
}

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = std::byte((i * 31 + i / 251) & 0xffU);
  return bytes;
}

Bytes sealed(const Bytes& plaintext, const std::vector<Recipient>& recipients, std::size_t step = SIZE_MAX) {
  const auto out = std::make_shared<Bytes>();
  const auto sink = encrypt(std::make_unique<MemorySink>(out), recipients);
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

}  // namespace

TEST_CASE("age: the specification's vectors for X25519, byte for byte and failure for failure") {
  const auto folder = test_vectors("age vectors");
  if (!folder) return;
  int ran = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder / "age")) {
    CAPTURE(entry.path().filename().string());
    auto vector = load_vector(entry.path());
    if (vector.fields.contains("armored")) continue;
    const bool passphrase = vector.fields.contains("passphrase");
    if (vector.fields.contains("compressed")) vector.file = inflate(vector.file);
    std::vector<Identity> identities;
    if (vector.fields.contains("identity")) identities = {Identity::parse(vector.fields["identity"])};

    for (const std::size_t step : {std::size_t{1}, std::size_t{997}, SIZE_MAX}) {
      if (step == 1 && vector.file.size() > 300000) continue;
      Bytes released;
      bool in_payload = false;
      const auto error = thrown_by([&] {
        const auto source = decrypt(std::make_unique<MemorySource>(vector.file, true, step), identities);
        in_payload = true;
        read_all(*source, released);
      });
      if (passphrase) {  // recognised, and refused with a typed error
        CHECK((error == Errc::no_identity || error == Errc::bad_header));
        continue;
      }
      CHECK(expected_by(error, in_payload) == vector.fields["expect"]);
      if (vector.fields.contains("payload"))
        CHECK(crypto::hex(crypto::sha256(released)) == vector.fields["payload"]);
    }
    ++ran;
  }
  CHECK(ran >= 30);
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
    const auto parts = crypto::seal_into(out, plaintext, recipients);
    const Bytes file(out.begin() + 6, out.end());
    REQUIRE(file.size() == parts.header_size + parts.payload_size);
    auto result = crypto::open_age(std::make_unique<MemorySource>(file), std::span{&a, 1});
    CHECK(result.commitment == parts.commitment);
    Bytes back;
    read_all(*result.plaintext, back);
    CHECK(back == plaintext);
  }
}

TEST_CASE("age: the stock program opens ours and we open its files") {
  if (!program_or_skip("age")) return;
  const TemporaryFolder folder;
  const auto identity = Identity::generate();
  write_file(folder / "key", to_bytes("# a comment\n\n" + identity.secret_text() + "\n"));
  const std::string quiet = " 2>/dev/null";
  for (const std::size_t size : sizes) {
    CAPTURE(size);
    const Bytes plaintext = pattern(size);
    write_file(folder / "plain", plaintext);
    write_file(folder / "ours.age",
               sealed(plaintext, {identity.recipient(), Identity::generate().recipient()}));
    REQUIRE(run(fmt::format("age -d -i {} -o {} {}", (folder / "key").string(), (folder / "back").string(),
                            (folder / "ours.age").string()) +
                quiet) == 0);
    CHECK(read_file(folder / "back") == plaintext);
    std::filesystem::remove(folder / "theirs.age");
    REQUIRE(run(fmt::format("age -r {} -o {} {}", identity.recipient().to_string(),
                            (folder / "theirs.age").string(), (folder / "plain").string()) +
                quiet) == 0);
    CHECK(opened(read_file(folder / "theirs.age"), Identity::load(folder / "key").front()) == plaintext);
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
