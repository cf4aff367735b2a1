// Who can open a recording: age v1 (age-encryption.org/v1) X25519 keys.
#pragma once

#include <invigil/export.hpp>
#include <invigil/io.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace invigil {

class Passphrase;
/// Asked for the passphrase that protects an identity file, which it is given the path of. May throw.
using AskPassphrase = std::function<Passphrase(const std::filesystem::path& file)>;

/// A public key: may be given to every client.
class INVIGIL_API Recipient {
 public:
  /// Reads "age1...". Throws `Error{argument}` saying what is wrong with it.
  static Recipient parse(std::string_view text);
  /// One recipient a line; empty lines and lines starting with # are skipped.
  static std::vector<Recipient> load(const std::filesystem::path& path);
  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] const std::array<std::byte, 32>& bytes() const { return key_; }
  bool operator==(const Recipient&) const = default;

 private:
  explicit Recipient(std::array<std::byte, 32> key) : key_(key) {}
  friend class Identity;
  std::array<std::byte, 32> key_{};
};

/// A private key: belongs to staff, never to a client. In memory that is locked, left out of core dumps and
/// wiped; never printed. It does not cross a fork: in the child, using it to decrypt throws `Error{closed}`.
class INVIGIL_API Identity {
 public:
  /// A new key from the system's random generator.
  static Identity generate();
  /// Reads "AGE-SECRET-KEY-1...". Throws `Error{argument}`, never echoing the text.
  static Identity parse(std::string_view text);
  /// An age identity file of at most 1 MiB: comments, empty lines, one or more keys. A file that is itself an
  /// age file, armored or not, is decrypted with the passphrase that `ask` gives; a wrong one, or none to be
  /// had, throws `Error{no_identity}`. Include <invigil/passphrase.hpp> to answer.
  static std::vector<Identity> load(const std::filesystem::path& path, const AskPassphrase& ask = {});
  ~Identity();
  Identity(Identity&&) noexcept;
  Identity& operator=(Identity&&) noexcept;
  Identity(const Identity&);
  Identity& operator=(const Identity&);

  [[nodiscard]] Recipient recipient() const;
  /// The secret as text, to be written to a file that only its owner can read.
  [[nodiscard]] std::string secret_text() const;
  [[nodiscard]] const std::array<std::byte, 32>& secret_bytes() const;

 private:
  Identity();
  struct Secret;
  std::unique_ptr<Secret> secret_;
};

/// What is written to the result reaches `destination` encrypted; `close()` finishes the age file. Needs 128
/// KiB of memory, whatever the size.
[[nodiscard]] INVIGIL_API std::unique_ptr<ByteSink> encrypt(std::unique_ptr<ByteSink> destination,
                                                            const std::vector<Recipient>& recipients);
/// Reading from the result gives authenticated plaintext only, in 128 KiB of memory; buffers of 64 KiB and
/// more spare a copy. `source` stands at the beginning of an age file, in binary or in ASCII armor. Seekable
/// where `source` is: `size()` then reads and authenticates the last chunk before it believes the file's
/// length. Throws here `Error{bad_header}` (no age file; the header or the armor is malformed),
/// `Error{no_identity}`, `Error{tampered}` (the header's MAC), and from the result `Error{tampered}` and
/// `Error{truncated}` (the payload), or `Error{bad_header}` (a later line of the armor).
[[nodiscard]] INVIGIL_API std::unique_ptr<ByteSource> decrypt(std::unique_ptr<ByteSource> source,
                                                              const std::vector<Identity>& identities);

}  // namespace invigil
