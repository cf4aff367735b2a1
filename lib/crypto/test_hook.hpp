// Only in builds with INVIGIL_TEST_HOOKS: how the test that looks for copies of secrets learns what to look
// for.
#pragma once

#include "crypto/secure_memory.hpp"

namespace invigil::crypto {

/// Told of every new signing key.
inline void (*on_signing_seed)(const Secret<32>& seed) = nullptr;

}  // namespace invigil::crypto
