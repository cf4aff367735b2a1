// ASCII armor: one text for one file, and every deviation from it refused by name.
#include "age_vector.hpp"
#include "crypto/age.hpp"
#include "crypto/encoding.hpp"

#include <invigil/armor.hpp>

#include <fmt/format.h>

using namespace invigil;
using namespace invigil::test;

namespace {

const std::string begin = "-----BEGIN AGE ENCRYPTED FILE-----\n";
const std::string end = "-----END AGE ENCRYPTED FILE-----\n";

std::string armored(const Bytes& bytes, std::size_t step = SIZE_MAX) {
  const auto out = std::make_shared<Bytes>();
  const auto sink = armor(std::make_unique<MemorySink>(out));
  for (std::size_t at = 0; at < bytes.size(); at += std::min(step, bytes.size() - at))
    sink->write(std::span{bytes}.subspan(at, std::min(step, bytes.size() - at)));
  sink->close();
  return to_text(*out);
}

/// What comes out, and the message that ends it, if one does.
std::string dearmored(const std::string& text, std::string& message, std::size_t step = SIZE_MAX) {
  Bytes out;
  message.clear();
  const auto error = thrown_by(
      [&] {
        const auto source = dearmor(std::make_unique<MemorySource>(to_bytes(text), false, step));
        read_all(*source, out);
      },
      &message);
  if (error) CHECK(*error == Errc::bad_header);
  return to_text(out);
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string{"\r\n"} : std::string{c};
  return out;
}

}  // namespace

TEST_CASE("armor: round trip at every length around a line, in any steps") {
  for (std::size_t size = 0; size < 200; ++size) {
    CAPTURE(size);
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = std::byte(i * 7 & 0xffU);
    const std::string text = armored(bytes);
    CHECK(text == armored(bytes, 1));
    std::string message;
    CHECK(dearmored(text, message) == to_text(bytes));
    CHECK(message.empty());
    CHECK(dearmored(with_crlf(text), message, 1) == to_text(bytes));
    CHECK(message.empty());
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
      CHECK(text.find('\n', at) - at <= 64);
  }
  CHECK(armored(Bytes{}) == begin + end);
  const Bytes large(1'000'000, std::byte{0x5a});
  std::string message;
  CHECK(dearmored(armored(large, 70001), message) == to_text(large));
}

TEST_CASE("armor: white space on lines of its own may stand around it, up to 1 KiB") {
  std::string message;
  const std::string text = armored(to_bytes("hello"));
  CHECK(dearmored(" \n\t\r\n\n" + text + "\n  \n\t", message) == "hello");
  CHECK(message.empty());
  CHECK(dearmored(text.substr(0, text.size() - 1), message) == "hello");  // no line feed at the end
  CHECK(message.empty());
  CHECK(dearmored(std::string(1024, '\n') + text, message) == "hello");
  CHECK(message.empty());
  CHECK(dearmored(std::string(1025, '\n') + text, message).empty());
  CHECK(message.find("white space") != message.npos);
  CHECK(dearmored(text + std::string(1023, ' '), message) == "hello");
  CHECK(message.empty());
  CHECK(dearmored(text + std::string(1024, ' '), message) == "hello");
  CHECK(message.find("white space") != message.npos);
}

TEST_CASE("armor: every deviation is an error that names the line, after what came before") {
  const std::string line(64, 'A');
  const struct {
    const char* what;
    std::string text;
    std::size_t given;  // bytes that come out before
    int number;
  } cases[] = {
      {"nothing", "", 0, 1},
      {"white space only", "\n\n", 0, 3},
      {"another label", "-----BEGIN PGP MESSAGE-----\n" + line + "\n" + end, 0, 1},
      {"lower case", "-----begin age encrypted file-----\n" + line + "\n" + end, 0, 1},
      {"garbage before", "hello\n" + begin + "AAAA\n" + end, 0, 1},
      {"a space before the first line", " " + begin + "AAAA\n" + end, 0, 1},
      {"a space after the first line", begin.substr(0, begin.size() - 1) + " \nAAAA\n" + end, 0, 1},
      {"a PEM header", begin + "Comment: hello\n\n" + line + "\n" + end, 0, 2},
      {"an empty line at the beginning", begin + "\n" + line + "\n" + end, 0, 2},
      {"an empty line at the end", begin + line + "\n\n" + end, 48, 3},
      {"a short line in between", begin + "AAAA\n" + line + "\n" + end, 0, 3},
      {"padding in between", begin + line.substr(0, 62) + "==\n" + line + "\n" + end, 0, 3},
      {"a long line", begin + line + "AAAA\n" + end, 0, 2},
      {"a very long line", begin + std::string(100000, 'A') + "\n" + end, 0, 2},
      {"a space at the end of a line", begin + line + " \n" + end, 0, 2},
      {"a space at the beginning of a line", begin + " AAAA\n" + end, 0, 2},
      {"a carriage return inside", begin + "AA\rAA\n" + end, 0, 2},
      {"two carriage returns", begin + "AAAA\r\r\n" + end, 0, 2},
      {"a line end between paddings", begin + "AA=\n=\n" + end, 0, 2},
      {"no padding", begin + "AA\n" + end, 0, 2},
      {"bits that are not canonical", begin + "AB==\n" + end, 0, 2},
      {"a character that is none", begin + "AA*A\n" + end, 0, 2},
      {"a checksum", begin + line + "\n=AAAA\n" + end, 48, 3},
      {"another last line", begin + line + "\n-----END PGP MESSAGE-----\n", 48, 3},
      {"no last line", begin + line + "\n", 48, 3},
      {"no last line after a short one", begin + "AAAA\n", 0, 3},
      {"a space after the last line", begin + "AAAA\n" + end.substr(0, end.size() - 1) + " \n", 0, 3},
      {"garbage after", begin + "AAAA\n" + end + "hello\n", 3, 4},
      {"a second armor", begin + "AAAA\n" + end + begin + "AAAA\n" + end, 3, 4},
  };
  for (const auto& c : cases)
    for (const std::size_t step : {std::size_t{1}, SIZE_MAX}) {
      CAPTURE(c.what);
      std::string message;
      CHECK(dearmored(c.text, message, step).size() == c.given);
      CAPTURE(message);
      CHECK(message.find(fmt::format("memory: armor line {}: ", c.number)) != message.npos);
    }
}

TEST_CASE("armor: decrypt recognises it, and tells a broken armor from a broken header") {
  const auto identity = Identity::generate();
  const auto out = std::make_shared<Bytes>();
  const auto sink = encrypt(std::make_unique<MemorySink>(out), {identity.recipient()});
  sink->write(to_bytes("hello"));
  sink->close();
  const auto open = [&](const std::string& text, std::string& message) {
    Bytes released;
    bool in_payload = false;
    const auto error = thrown_by(
        [&] {
          const auto source = decrypt(std::make_unique<MemorySource>(to_bytes(text)), {identity});
          in_payload = true;
          read_all(*source, released);
        },
        &message);
    CHECK((error || to_text(released) == "hello"));
    CHECK((!error || released.empty()));
    return outcome(error, message, in_payload);
  };
  const std::string text = armored(*out);
  std::string message;
  CHECK(open(to_text(*out), message) == "success");
  CHECK(open(text, message) == "success");
  CHECK(open(with_crlf("\n \n" + text) + "\n", message) == "success");
  CHECK(open("x" + text, message) == "armor failure");
  CHECK(open(text + "x", message) == "armor failure");
  CHECK(open(text.substr(0, text.size() - 10), message) == "armor failure");
  CHECK(open(begin + end, message) == "header failure");
  CHECK(open(armored(to_bytes("hello\n")), message) == "header failure");
  CHECK(open(armored(to_bytes(text)), message) == "header failure");  // armor within armor
  Bytes crlf = to_bytes(with_crlf(to_text(*out).substr(0, 22)));
  CHECK(open(armored(crlf), message) == "header failure");
  Bytes flipped = *out;
  flipped.back() ^= std::byte{1};
  CHECK(open(armored(flipped), message) == "payload failure");
  // Only whole chunks, when the armor breaks in the second.
  Bytes released;
  const auto two = std::make_shared<Bytes>();
  const auto larger = encrypt(std::make_unique<MemorySink>(two), {identity.recipient()});
  larger->write(Bytes(100'000, std::byte{7}));
  larger->close();
  std::string broken = armored(*two);
  broken[120'000] = '*';
  const auto source = decrypt(std::make_unique<MemorySource>(to_bytes(broken)), {identity});
  CHECK(thrown_by([&] { read_all(*source, released); }) == Errc::bad_header);
  CHECK(released == Bytes(65536, std::byte{7}));
}

TEST_CASE("armor: an armored file can be read at any place") {
  const auto identity = Identity::generate();
  Bytes plaintext(200'000);
  for (std::size_t i = 0; i < plaintext.size(); ++i) plaintext[i] = std::byte((i * 31 + i / 251) & 0xffU);
  const auto out = std::make_shared<Bytes>();
  const auto sink = encrypt(armor(std::make_unique<MemorySink>(out)), {identity.recipient()});
  sink->write(plaintext);
  sink->close();
  const auto source = decrypt(std::make_unique<MemorySource>(*out), {identity});
  CHECK(source->size() == plaintext.size());
  for (const std::size_t at : {std::size_t{150'000}, std::size_t{3}, std::size_t{65'536}, plaintext.size()}) {
    CAPTURE(at);
    source->seek(at);
    Bytes rest;
    read_all(*source, rest);
    CHECK(rest == Bytes(plaintext.begin() + static_cast<std::ptrdiff_t>(at), plaintext.end()));
  }
  // What is behind the armor counts before the length does.
  out->push_back(std::byte{'x'});
  const auto longer = decrypt(std::make_unique<MemorySource>(*out), {identity});
  CHECK(thrown_by([&] { (void)longer->size(); }) == Errc::bad_header);
  Bytes prefix;
  CHECK(thrown_by([&] { read_all(*longer, prefix); }) == Errc::bad_header);
  CHECK(prefix.size() == 3 * 65536);
}

TEST_CASE("armor: a sink that failed or was closed takes no more; a sync covers whole lines") {
  const auto out = std::make_shared<Bytes>();
  const auto sink = armor(std::make_unique<MemorySink>(out));
  sink->write(Bytes(50, std::byte{0}));
  sink->sync();
  CHECK(to_text(*out) == begin + std::string(64, 'A') + "\n");
  sink->close();
  sink->close();
  CHECK(to_text(*out) == begin + std::string(64, 'A') + "\nAAA=\n" + end);
  CHECK(thrown_by([&] { sink->write(Bytes(1)); }) == Errc::closed);
  CHECK(thrown_by([&] { sink->sync(); }) == Errc::closed);

  class Full final : public ByteSink {
   public:
    void write(std::span<const std::byte> bytes) override {
      if ((written_ += bytes.size()) > 1000) throw Error(Errc::io, "disk", "is full");
    }

   private:
    std::size_t written_ = 0;
  };
  const auto full = armor(std::make_unique<Full>());
  CHECK(thrown_by([&] { full->write(Bytes(100'000)); }) == Errc::io);
  CHECK(thrown_by([&] { full->close(); }) == Errc::closed);
}
