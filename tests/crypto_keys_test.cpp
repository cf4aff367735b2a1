// Keys as text and in files: bech32, base64, recipients, identities.
#include "crypto/encoding.hpp"
#include "memory.hpp"
#include "support.hpp"

#include <invigil/crypto.hpp>

using namespace invigil;
using namespace invigil::test;

TEST_CASE("bech32: the valid strings of BIP 173 round-trip, the invalid ones are refused") {
  std::string why;
  for (const std::string text :
       {"a12uel5l",
        "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
        "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", "?1ezyfcl"}) {
    CAPTURE(text);
    const auto decoded = crypto::parse_bech32(text, why);
    REQUIRE(decoded);
    CHECK(crypto::bech32(decoded->prefix, decoded->bytes) == text);
  }
  CHECK(crypto::parse_bech32("A12UEL5L", why));
  for (const std::string text : {"\x20"
                                 "1nwldj5",
                                 "\x7f"
                                 "1axkwrx",
                                 "pzry9x0s0muk", "1pzry9x0s0muk", "x1b4n0q5v", "li1dgmt3", "de1lg7wt\xff",
                                 "A1G7SGD8", "10a06t8", "1qzzfhee", "a12UEL5L", "a12uel5m", ""}) {
    CAPTURE(text);
    CHECK_FALSE(crypto::parse_bech32(text, why));
    CHECK_FALSE(why.empty());
  }
}

TEST_CASE("base64: only the canonical text is read") {
  for (const std::string text : {"", "TQ==", "TWE=", "TWFu", "TWFuTQ=="}) {
    const auto bytes = crypto::parse_base64(text);
    REQUIRE(bytes);
    CHECK(crypto::base64(*bytes) == text);
  }
  for (const std::string text :
       {"TQ", "TR==", "TWF=", "TQ==\n", " TQ=", "T===", "====", "TQ=A", "TWFuTQ", "TW-u", "TW\nFu"})
    CHECK_FALSE(crypto::parse_base64(text));
  CHECK(crypto::parse_raw_base64("TQ"));
  for (const std::string text : {"TQ==", "TR", "T", "TWFuT", "TQ\n", "TW u"})
    CHECK_FALSE(crypto::parse_raw_base64(text));
}

TEST_CASE("recipients and identities round-trip, and typing errors are named") {
  const std::string text = "age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg";
  CHECK(Recipient::parse(text).to_string() == text);
  CHECK(Recipient::parse(" " + text + "\r") == Recipient::parse(text));
  std::string message;
  CHECK(thrown_by(
            [&] { (void)Recipient::parse("age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafh"); },
            &message) == Errc::argument);
  CHECK(message.find("mistyped") != std::string::npos);
  for (const std::string bad : {"", "age1", "age", "npub1xyz", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"})
    CHECK(thrown_by([&] { (void)Recipient::parse(bad); }) == Errc::argument);
  CHECK(thrown_by([] { (void)Recipient::parse("ssh-ed25519 AAAA"); }) == Errc::unsupported);

  const auto identity = Identity::generate();
  const auto again = Identity::parse(identity.secret_text());
  CHECK(again.recipient() == identity.recipient());
  CHECK(Identity::generate().recipient() != identity.recipient());
  auto copy = identity;
  const auto moved = std::move(copy);
  CHECK(moved.recipient() == identity.recipient());

  std::string secret = identity.secret_text();
  secret.back() = secret.back() == 'Q' ? 'P' : 'Q';
  CHECK(thrown_by([&] { (void)Identity::parse(secret); }, &message) == Errc::argument);
  CHECK(message.find(secret.substr(16, 20)) == std::string::npos);  // never echoed
  CHECK(thrown_by([&] { (void)Recipient::parse(identity.secret_text()); }, &message) == Errc::argument);
  CHECK(message.find(identity.secret_text().substr(16, 20)) == std::string::npos);
  CHECK(thrown_by([&] { (void)Identity::parse(text); }, &message) == Errc::argument);
  CHECK(message.find("public key") != std::string::npos);
}

TEST_CASE("key files: comments and empty lines are skipped, the wrong line is named") {
  const TemporaryFolder folder;
  const auto a = Identity::generate(), b = Identity::generate();
  write_file(folder / "keys",
             to_bytes("# created: today\r\n\n" + a.secret_text() + "\r\n" + b.secret_text()));
  const auto identities = Identity::load(folder / "keys");
  REQUIRE(identities.size() == 2);
  CHECK(identities[1].recipient() == b.recipient());
  write_file(folder / "staff",
             to_bytes("# staff\n" + a.recipient().to_string() + "\n\n" + b.recipient().to_string() + "\n"));
  CHECK(Recipient::load(folder / "staff").size() == 2);

  std::string message;
  write_file(folder / "bad", to_bytes("# staff\n" + a.recipient().to_string() + "x\n"));
  CHECK(thrown_by([&] { (void)Recipient::load(folder / "bad"); }, &message) == Errc::argument);
  CHECK(message.find("bad:2: ") != std::string::npos);
  for (const std::string& bad : {std::string{"a\0b", 3}, std::string{"\x1b[2Jage1"}, std::string(100, 'a')}) {
    write_file(folder / "bad", to_bytes(bad));
    CHECK(thrown_by([&] { (void)Recipient::load(folder / "bad"); }, &message) == Errc::argument);
    CHECK(message.find("bad:1: ") != std::string::npos);
    CHECK(message.find('\x1b') == std::string::npos);
    CHECK(thrown_by([&] { (void)Identity::load(folder / "bad"); }) == Errc::argument);
  }
  write_file(folder / "none", to_bytes("# nothing\n"));
  CHECK(thrown_by([&] { (void)Recipient::load(folder / "none"); }) == Errc::argument);
  CHECK(thrown_by([&] { (void)Identity::load(folder / "none"); }) == Errc::argument);
  CHECK(thrown_by([&] { (void)Identity::load(folder / "absent"); }) == Errc::io);
  CHECK(thrown_by([&] { (void)Identity::load(folder.path()); }) == Errc::io);
  write_file(folder / "huge", Bytes((1 << 20) + 10, std::byte{'a'}));
  CHECK(thrown_by([&] { (void)Identity::load(folder / "huge"); }) == Errc::argument);
}
