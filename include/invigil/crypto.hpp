// Who can open a recording: age v1 (age-encryption.org/v1) X25519 keys.
#pragma once

#include <invigil/export.hpp>
#include <invigil/io.hpp>

#include <array>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace invigil {

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

/// A private key: belongs to staff, never to a client. Wiped on destruction, never printed.
class INVIGIL_API Identity {
 public:
  /// A new key from the system's random generator.
  static Identity generate();
  /// Reads "AGE-SECRET-KEY-1...". Throws `Error{argument}`, never echoing the text.
  static Identity parse(std::string_view text);
  /// An age identity file: comments, empty lines, one or more keys.
  static std::vector<Identity> load(const std::filesystem::path& path);
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

/// What is written to the result reaches `destination` encrypted; `close()` finishes the age file.
[[nodiscard]] INVIGIL_API std::unique_ptr<ByteSink> encrypt(std::unique_ptr<ByteSink> destination,
                                                            const std::vector<Recipient>& recipients);
/// Reading from the result gives authenticated plaintext only. Throws `Error{no_identity}`,
/// `Error{bad_header}`, `Error{tampered}`, `Error{truncated}`.
[[nodiscard]] INVIGIL_API std::unique_ptr<ByteSource> decrypt(std::unique_ptr<ByteSource> source,
                                                              const std::vector<Identity>& identities);

}  // namespace invigil
