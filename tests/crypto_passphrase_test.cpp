// Passphrases: age's scrypt recipient, and identity files that one protects.
#include "age_vector.hpp"
#include "crypto/age.hpp"
#include "crypto/encoding.hpp"

#include <invigil/armor.hpp>
#include <invigil/passphrase.hpp>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace invigil;
using namespace invigil::test;

namespace {

constexpr PassphraseOptions quick{.work_factor = 6};

Bytes sealed(const Bytes& plaintext, const Passphrase& passphrase, PassphraseOptions options = quick,
             bool armored = false) {
  const auto out = std::make_shared<Bytes>();
  std::unique_ptr<ByteSink> memory = std::make_unique<MemorySink>(out);
  if (armored) memory = armor(std::move(memory));
  const auto sink = encrypt(std::move(memory), passphrase, options);
  sink->write(plaintext);
  sink->close();
  return *out;
}

Bytes opened(const Bytes& file, const std::vector<Passphrase>& passphrases, PassphraseOptions options = {},
             const std::vector<Identity>& identities = {}) {
  const auto source = decrypt(std::make_unique<MemorySource>(file), identities, passphrases, options);
  Bytes out;
  read_all(*source, out);
  return out;
}

/// A file of one scrypt stanza as given, with nothing right behind it.
std::optional<Errc> open_stanza(const std::string& stanza, std::string& message) {
  const std::string mac(43, 'A');
  return thrown_by(
      [&] {
        opened(to_bytes("age-encryption.org/v1\n" + stanza + "--- " + mac + "\n0123456789abcdef"),
               {Passphrase{"password"}});
      },
      &message);
}

}  // namespace

TEST_CASE("passphrase: RFC 7914's own vector") {
  const auto key = crypto::scrypt(crypto::as_bytes("pleaseletmein"), crypto::as_bytes("SodiumChloride"), 14);
  CHECK(crypto::hex(key.bytes()) == "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

TEST_CASE("passphrase: what is encrypted with it opens with it and with nothing else") {
  const Passphrase right{"correct horse"}, wrong{"correct horse "};
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65536}, std::size_t{131073}}) {
    const Bytes plaintext(size, std::byte{9});
    const Bytes file = sealed(plaintext, right);
    CHECK(opened(file, {right}) == plaintext);
    CHECK(opened(file, {wrong, right}) == plaintext);
  }
  const Bytes file = sealed(to_bytes("x"), right);
  CHECK(sealed(to_bytes("x"), right, quick, true).front() == std::byte{'-'});
  CHECK(opened(sealed(to_bytes("x"), right, quick, true), {right}) == to_bytes("x"));
  std::string message;
  CHECK(thrown_by([&] { opened(file, {wrong}); }, &message) == Errc::no_identity);
  CHECK(message.find("wrong") != message.npos);
  CHECK(message.find("horse") == message.npos);
  CHECK(thrown_by([&] { opened(file, {}, {}, {Identity::generate()}); }, &message) == Errc::no_identity);
  CHECK(message.find("give the passphrase") != message.npos);
  CHECK(to_text(file).starts_with("age-encryption.org/v1\n-> scrypt "));
  CHECK(to_text(sealed({}, right, PassphraseOptions{})).find(" 18\n") != std::string::npos);  // the default

  // Identities and passphrases together, as one would give all one has.
  const auto identity = Identity::generate();
  const auto out = std::make_shared<Bytes>();
  const auto sink = encrypt(std::make_unique<MemorySink>(out), {identity.recipient()});
  sink->close();
  CHECK(opened(*out, {wrong}, {}, {identity}).empty());
  CHECK(opened(file, {right}, {}, {identity}) == to_bytes("x"));
  CHECK(thrown_by([&] { opened(*out, {right}); }) == Errc::no_identity);
}

TEST_CASE("passphrase: what cannot be one, and work that is not to be done") {
  CHECK(thrown_by([] { (void)Passphrase{""}; }) == Errc::argument);
  CHECK(thrown_by([] { (void)Passphrase{std::string((1 << 20) + 1, 'x')}; }) == Errc::argument);
  const Passphrase passphrase{"password"};
  for (const int factor : {-1, 0, 23, 1000})
    CHECK(thrown_by([&] { (void)sealed({}, passphrase, {.work_factor = factor}); }) == Errc::argument);
  for (const int factor : {-1, 0, 31})
    CHECK(thrown_by([&] { (void)opened({}, {passphrase}, {.max_work_factor = factor}); }) == Errc::argument);
  const Bytes file = sealed(to_bytes("x"), passphrase, {.work_factor = 7});
  CHECK(opened(file, {passphrase}, {.max_work_factor = 7}) == to_bytes("x"));
  std::string message;
  CHECK(thrown_by([&] { opened(file, {passphrase}, {.max_work_factor = 6}); }, &message) == Errc::bad_header);
  CHECK(message.find("work factor of 7") != message.npos);
}

TEST_CASE("passphrase: a stanza is taken in its one canonical form only") {
  const std::string salt(22, 'A'), body = std::string(43, 'A') + "\n";
  std::string message;
  const auto open = [&](const std::string& args, const std::string& with) {
    return open_stanza("-> scrypt " + args + "\n" + with, message);
  };
  CHECK(open(salt + " 10", body) == Errc::no_identity);  // well formed: the passphrase does not fit
  for (const std::string factor :
       {"0", "010", "+10", "-10", "0xa", "10 ", "1e1", "", "10\x7f", "23", "255", "99999999999999999999999",
        "4294967306", "18446744073709551626", "\xd9\xa1"}) {
    CAPTURE(factor);
    CHECK(open(salt + " " + factor, body) == Errc::bad_header);
  }
  CHECK(open(salt, body) == Errc::bad_header);
  CHECK(open("10", body) == Errc::bad_header);
  CHECK(open(salt + " 10 10", body) == Errc::bad_header);
  CHECK(open(salt + "AA 10", body) == Errc::bad_header);                       // 18 bytes
  CHECK(open(salt.substr(1) + "B 10", body) == Errc::bad_header);              // stray bits
  CHECK(open(salt + "== 10", body) == Errc::bad_header);                       // padding
  CHECK(open(salt + " 10", std::string(22, 'A') + "\n") == Errc::bad_header);  // a short body
  CHECK(open(salt + " 10", std::string(64, 'A') + "\n\n") == Errc::bad_header);
  CHECK(open(salt + " 10", body + "-> scrypt " + salt + " 10\n" + body) == Errc::bad_header);
  CHECK(message.find("alone") != message.npos);
  CHECK(open(salt + " 10", body + "-> grease\n\n") == Errc::bad_header);
  CHECK(open_stanza("-> grease\n\n-> scrypt " + salt + " 10\n" + body, message) == Errc::bad_header);
  CHECK(open_stanza("-> SCRYPT " + salt + " 10\n" + body, message) == Errc::no_identity);
  CHECK(open_stanza("-> mlkem768x25519 AAAA\n" + body, message) == Errc::no_identity);
}

TEST_CASE("passphrase: identity files that one protects, binary and armored") {
  const TemporaryFolder folder;
  const Passphrase passphrase{"staff"};
  const auto a = Identity::generate(), b = Identity::generate();
  const auto keys = to_bytes("# staff\n" + a.secret_text() + "\n\n" + b.secret_text() + "\n");
  int asked = 0;
  const AskPassphrase ask = [&](const std::filesystem::path& file) {
    ++asked;
    CHECK(file.parent_path() == folder.path());
    return passphrase;
  };
  for (const bool armored : {false, true}) {
    write_file(folder / "key", sealed(keys, passphrase, quick, armored));
    const auto loaded = Identity::load(folder / "key", ask);
    REQUIRE(loaded.size() == 2);
    CHECK(loaded[0].recipient() == a.recipient());
    CHECK(loaded[1].recipient() == b.recipient());
  }
  CHECK(asked == 2);
  write_file(folder / "plain", keys);
  CHECK(Identity::load(folder / "plain", ask).size() == 2);
  CHECK(asked == 2);

  std::string message;
  CHECK(thrown_by([&] { (void)Identity::load(folder / "key"); }, &message) == Errc::no_identity);
  CHECK(message.find("protected by a passphrase") != message.npos);
  const AskPassphrase wrong = [](const auto&) { return Passphrase{"stuff"}; };
  CHECK(thrown_by([&] { (void)Identity::load(folder / "key", wrong); }, &message) == Errc::no_identity);
  CHECK(message.find((folder / "key").string()) == 0);
  CHECK(message.find("stuff") == message.npos);
  const AskPassphrase refuses = [](const auto&) -> Passphrase {
    throw Error(Errc::io, "terminal", "is gone");
  };
  CHECK(thrown_by([&] { (void)Identity::load(folder / "key", refuses); }) == Errc::io);

  write_file(folder / "bad", sealed(to_bytes("# staff\nAGE-SECRET-KEY-1XXX\n"), passphrase));
  CHECK(thrown_by([&] { (void)Identity::load(folder / "bad", ask); }, &message) == Errc::argument);
  CHECK(message.find("bad:2: ") != message.npos);
  CHECK(message.find("XXX") == message.npos);
  Bytes cut = sealed(keys, passphrase);
  cut.resize(cut.size() - 3);
  write_file(folder / "cut", cut);
  CHECK(thrown_by([&] { (void)Identity::load(folder / "cut", ask); }) == Errc::tampered);

  asked = 0;  // where no passphrase can help, none is asked for
  write_file(folder / "cut", to_bytes("age-encryption.org/v1\n-> scrypt"));
  CHECK(thrown_by([&] { (void)Identity::load(folder / "cut", ask); }) == Errc::bad_header);
  const auto out = std::make_shared<Bytes>();
  const auto sink = encrypt(std::make_unique<MemorySink>(out), {a.recipient()});
  sink->close();
  write_file(folder / "key", *out);
  CHECK(thrown_by([&] { (void)Identity::load(folder / "key", ask); }) == Errc::unsupported);
  write_file(folder / "key", to_bytes("-----BEGIN AGE ENCRYPTED FILE-----\n*\n"));
  CHECK(thrown_by([&] { (void)Identity::load(folder / "key", ask); }) == Errc::bad_header);
  CHECK(thrown_by([&] { (void)Recipient::load(folder / "key"); }) == Errc::argument);
  for (const std::string text :
       {"AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR",
        "AGE-PLUGIN-YUBIKEY-1XXXX"}) {
    write_file(folder / "key", to_bytes(text + "\n"));
    CHECK(thrown_by([&] { (void)Identity::load(folder / "key", ask); }, &message) == Errc::unsupported);
    CHECK(message.find("key:1: ") != message.npos);
  }
  CHECK(asked == 0);
}

TEST_CASE("secrets do not cross a fork, and say so") {
  const auto identity = Identity::generate();
  const Passphrase passphrase{"password"};
  const ::pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {  // no assertions here: their output would be doubled
    std::string message;
    const bool held =
        thrown_by([&] { (void)identity.secret_text(); }, &message) == Errc::closed &&
        message.find("fork") != message.npos &&
        thrown_by([&] { (void)identity.secret_bytes(); }) == Errc::closed &&
        thrown_by([&] { (void)Identity{identity}.secret_text(); }) == Errc::closed &&
        thrown_by([&] { (void)passphrase.secret_text(); }) == Errc::closed &&
        Identity::parse(Identity::generate().secret_text()).secret_bytes() != identity.recipient().bytes();
    ::_exit(held ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(Identity::parse(identity.secret_text()).recipient() == identity.recipient());
  CHECK(passphrase.secret_text() == "password");
}
