// Passphrases of private keys: from a file, or typed on the terminal without showing.
#pragma once

#include <invigil/passphrase.hpp>

#include <string>

namespace app {

/// Asks on the terminal of the process, whatever standard input and output are. Throws `Error{no_identity}`
/// when there is none, or nothing is typed.
[[nodiscard]] invigil::Passphrase ask_passphrase(const std::string& prompt);

/// The first line of a file.
[[nodiscard]] invigil::Passphrase read_passphrase(const std::string& file);

}  // namespace app
