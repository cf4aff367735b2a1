// From what a scan found to what is said about it.
#pragma once

#include "crypto/note.hpp"
#include "recording/scan.hpp"

#include <invigil/playback.hpp>

#include <string>

namespace invigil::recording {

[[nodiscard]] Verification verdict(const Scan& scan);

/// A registered signer. Throws `Error{argument}` when `text` is no verifier key.
[[nodiscard]] crypto::VerifierKey signer_key(const std::string& text);

}  // namespace invigil::recording
