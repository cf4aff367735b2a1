// Telling armored age files from binary ones. The armor itself: <invigil/armor.hpp>.
#pragma once

#include "crypto/buffered_source.hpp"

namespace invigil::crypto {

/// Whether a file that begins like this is to be read as armor, also when its armor is wrong.
[[nodiscard]] bool looks_armored(ByteView beginning);

/// The bytes of an age file, whether it comes in binary or in armor.
[[nodiscard]] BufferedSource without_armor(std::unique_ptr<ByteSource> source);

}  // namespace invigil::crypto
