// Well-formed UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace invigil {

/// Bytes of the well-formed UTF-8 sequence that begins `text` (RFC 3629, section 4), 1 to 4; 0 if none does.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

/// Whether `text` is well-formed from beginning to end; empty text is.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace invigil
