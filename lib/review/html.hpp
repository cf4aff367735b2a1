// Small pieces of HTML. Everything that did not come from this program goes through `escape`.
#pragma once

#include <invigil/time.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace invigil::review {

/// Safe inside elements and quoted attributes. Bytes that are not UTF-8 and control characters become U+FFFD.
[[nodiscard]] std::string escape(std::string_view text);
/// "data:image/jpeg;base64,...".
[[nodiscard]] std::string jpeg_uri(std::span<const std::byte> jpeg);
/// "0:59.4", "1:02:03.0": minutes and seconds of media time, with tenths.
[[nodiscard]] std::string clock(Timestamp time);
/// "0:59.4–1:02.0"; one time only when both are the same.
[[nodiscard]] std::string stretch(Timestamp begin, Timestamp end);
/// "0:59", "1:02:03".
[[nodiscard]] std::string whole_clock(Timestamp time);
/// "face_absent" -> "Face absent".
[[nodiscard]] std::string label(std::string_view name);

}  // namespace invigil::review
