// age files that a passphrase opens: the scrypt recipient of age v1.
#pragma once

#include <invigil/crypto.hpp>
#include <invigil/export.hpp>
#include <invigil/io.hpp>

#include <memory>
#include <string_view>
#include <vector>

namespace invigil {

/// A passphrase, in memory that is locked, left out of core dumps and wiped. Never printed, never in a
/// message.
class INVIGIL_API Passphrase {
 public:
  /// Takes a copy of the bytes as they are. Throws `Error{argument}` when there are none, or more than 1 MiB.
  explicit Passphrase(std::string_view text);
  ~Passphrase();
  Passphrase(Passphrase&&) noexcept;
  Passphrase& operator=(Passphrase&&) noexcept;
  Passphrase(const Passphrase&);
  Passphrase& operator=(const Passphrase&);

  /// The secret. Throws `Error{closed}` in a forked child: secrets do not cross a fork.
  [[nodiscard]] std::string_view secret_text() const;

 private:
  struct Secret;
  std::unique_ptr<Secret> secret_;
};

struct PassphraseOptions {
  /// How much work each guess costs when encrypting: scrypt with N = 2^work_factor takes 2^work_factor KiB of
  /// memory. 1 to 22. Default: 18, about a second, as the `age` program.
  int work_factor = 18;
  /// The most that a file may ask for when decrypting; 22 takes 4 GiB. A file that asks for more is refused
  /// with `Error{bad_header}`. 1 to 30. Default: 22, as the `age` program.
  int max_work_factor = 22;
};

/// As `encrypt` for recipients. A passphrase is always the only way to open a file: whoever knows it can then
/// also be sure that nobody else made the file.
[[nodiscard]] INVIGIL_API std::unique_ptr<ByteSink> encrypt(std::unique_ptr<ByteSink> destination,
                                                            const Passphrase& passphrase,
                                                            PassphraseOptions options = {});
/// As `decrypt` for identities, which are tried first.
[[nodiscard]] INVIGIL_API std::unique_ptr<ByteSource> decrypt(std::unique_ptr<ByteSource> source,
                                                              const std::vector<Identity>& identities,
                                                              const std::vector<Passphrase>& passphrases,
                                                              PassphraseOptions options = {});

}  // namespace invigil
