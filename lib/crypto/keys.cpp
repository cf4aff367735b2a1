// Recipients and identities as text and in files.
#include "crypto/age.hpp"
#include "crypto/armor.hpp"
#include "crypto/encoding.hpp"
#include "crypto/primitives.hpp"
#include "crypto/secret_text.hpp"

#include <invigil/crypto.hpp>
#include <invigil/error.hpp>
#include <invigil/memory.hpp>

#include <algorithm>
#include <cctype>
#include <functional>

#include <fmt/format.h>

namespace invigil {

namespace {

constexpr std::string_view recipient_prefix = "age";
constexpr std::string_view identity_prefix = "age-secret-key-";
constexpr std::size_t max_key_file = std::size_t{1} << 20;

std::string_view trim(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

/// A file of keys, or of one that is encrypted.
crypto::SecureBytes read_key_file(const std::filesystem::path& path) {
  const auto file = open_file(path);
  const auto size = file->size().value_or(max_key_file);
  crypto::SecureBytes text(static_cast<std::size_t>(std::min<std::uint64_t>(size, max_key_file)) + 1);
  std::size_t done = 0;
  while (const std::size_t n = file->read(std::span{text}.subspan(done))) done += n;
  if (done > max_key_file)
    throw Error(Errc::argument, path.string(), "is larger than 1 MiB: not a file of keys");
  text.resize(done);
  return text;
}

/// A file that is not one of keys, but an age file that holds one.
bool is_encrypted(const crypto::SecureBytes& file) {
  const std::string_view text = crypto::as_text(file);
  return text.starts_with("age-encryption.org/") || text.starts_with("-----BEGIN AGE");
}

crypto::SecureBytes decrypt_key_file(const crypto::SecureBytes& file, const std::filesystem::path& path,
                                     const AskPassphrase& ask) {
  // The header first: nobody is to be asked for a passphrase that cannot help.
  auto age = crypto::without_armor(open_memory(file, path.string()));
  if (crypto::read_header(age).stanzas.front().args.front() != "scrypt")
    throw Error(Errc::unsupported, path.string(),
                "is encrypted, but not with a passphrase; decrypt it with age -d");
  if (!ask) throw Error(Errc::no_identity, path.string(), "is protected by a passphrase, and none was given");
  const Passphrase passphrase = ask(path);
  const auto opened = crypto::open_age(open_memory(file, path.string()), crypto::Keys{{}, {&passphrase, 1}});
  // Whole chunks are decrypted straight into this buffer, and so never lie in ordinary memory.
  crypto::SecureBytes text(file.size() + crypto::chunk_size);
  std::size_t done = 0;
  while (const std::size_t n = opened.plaintext->read(std::span{text}.subspan(done))) done += n;
  text.resize(done);
  return text;
}

/// Hands every line of a key file that is neither empty nor a comment to `take`, and puts the file and the
/// line in front of what it throws.
void for_each_key(const crypto::SecureBytes& file, const std::filesystem::path& path,
                  const std::function<void(std::string_view)>& take) {
  std::string_view rest = crypto::as_text(file);
  for (int number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.starts_with('#')) continue;
    try {
      take(line);
    } catch (const Error& e) {
      throw Error(e.code(), fmt::format("{}:{}", path.string(), number),
                  std::string_view{e.what()}.substr(e.where().size() + 2));
    }
  }
}

/// What may be repeated in a message: no control character, which a terminal might obey and a NUL would end
/// it.
bool is_short_and_printable(std::string_view text) {
  return text.size() <= 80 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 32 && c < 127; });
}

bool starts_with_any_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

}  // namespace

Recipient Recipient::parse(std::string_view text) {
  const std::string_view key = trim(text);
  if (starts_with_any_case(key, identity_prefix))
    throw Error(Errc::argument, "recipient",
                "is a private key; give its public half, which age-keygen -y tells");
  const std::string where = is_short_and_printable(key) ? fmt::format("recipient \"{}\"", key) : "recipient";
  if (key.starts_with("ssh-") || key.starts_with("age1pq1") || key.starts_with("age1tag"))
    throw Error(Errc::unsupported, where, "is of a kind that is not supported; use a key from age-keygen");
  std::string why;
  const auto decoded = crypto::parse_bech32(key, why);
  if (!decoded) throw Error(Errc::argument, where, why);
  if (decoded->prefix != recipient_prefix || !key.starts_with("age1"))
    throw Error(Errc::argument, where, "does not begin with \"age1\"");
  if (decoded->bytes.size() != 32) throw Error(Errc::argument, where, "is not 32 bytes long");
  std::array<std::byte, 32> bytes{};
  std::copy(decoded->bytes.begin(), decoded->bytes.end(), bytes.begin());
  return Recipient{bytes};
}

std::vector<Recipient> Recipient::load(const std::filesystem::path& path) {
  std::vector<Recipient> recipients;
  const auto file = read_key_file(path);
  if (is_encrypted(file))
    throw Error(Errc::argument, path.string(), "is an encrypted file; recipients are public, one a line");
  for_each_key(file, path, [&](std::string_view line) { recipients.push_back(parse(line)); });
  if (recipients.empty()) throw Error(Errc::argument, path.string(), "holds no recipient");
  return recipients;
}

std::string Recipient::to_string() const { return crypto::bech32(recipient_prefix, key_); }

struct Identity::Secret {
  crypto::Key key;
  std::array<std::byte, 32> public_key{};  // kept: it costs a multiplication on the curve
  crypto::SameProcess process{"identity"};
};

Identity::Identity() : secret_(std::make_unique<Secret>()) {}
Identity::~Identity() = default;
Identity::Identity(Identity&&) noexcept = default;
Identity& Identity::operator=(Identity&&) noexcept = default;
Identity::Identity(const Identity& other) : secret_(std::make_unique<Secret>(*other.secret_)) {}
Identity& Identity::operator=(const Identity& other) {
  if (this != &other) secret_ = std::make_unique<Secret>(*other.secret_);
  return *this;
}

Identity Identity::generate() {
  Identity identity;
  crypto::fill_random(identity.secret_->key.bytes());
  identity.secret_->public_key = crypto::x25519_public(identity.secret_->key);
  return identity;
}

Identity Identity::parse(std::string_view text) {
  const std::string_view key = trim(text);
  if (key.starts_with("age1"))
    throw Error(Errc::argument, "identity", "is a public key; a private one begins with AGE-SECRET-KEY-1");
  if (key.starts_with("AGE-PLUGIN-") || key.starts_with("AGE-SECRET-KEY-PQ-"))
    throw Error(Errc::unsupported, "identity",
                "is of a kind that is not supported; use a key from age-keygen");
  std::string why;
  const auto decoded = crypto::parse_bech32(key, why);
  if (!decoded) throw Error(Errc::argument, "identity", why);
  const bool fits =
      decoded->prefix == identity_prefix && key.starts_with("AGE-") && decoded->bytes.size() == 32;
  Identity identity;
  if (fits) std::copy(decoded->bytes.begin(), decoded->bytes.end(), identity.secret_->key.bytes().begin());
  if (!fits) throw Error(Errc::argument, "identity", "is not an AGE-SECRET-KEY-1 of 32 bytes");
  identity.secret_->public_key = crypto::x25519_public(identity.secret_->key);
  return identity;
}

std::vector<Identity> Identity::load(const std::filesystem::path& path, const AskPassphrase& ask) {
  auto file = read_key_file(path);
  if (is_encrypted(file)) file = decrypt_key_file(file, path, ask);
  std::vector<Identity> identities;
  for_each_key(file, path, [&](std::string_view line) { identities.push_back(parse(line)); });
  if (identities.empty()) throw Error(Errc::argument, path.string(), "holds no key");
  return identities;
}

Recipient Identity::recipient() const { return Recipient{secret_->public_key}; }

std::string Identity::secret_text() const {
  std::string text = crypto::bech32(identity_prefix, secret_bytes());
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

const std::array<std::byte, 32>& Identity::secret_bytes() const {
  secret_->process.check();
  return secret_->key.bytes();
}

}  // namespace invigil
