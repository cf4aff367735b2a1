// ASCII armor: age files as text that survives mail and chat.
#pragma once

#include <invigil/export.hpp>
#include <invigil/io.hpp>

#include <memory>

namespace invigil {

/// What is written to the result reaches `destination` as PEM with the label AGE ENCRYPTED FILE and lines of
/// 64 columns; `close()` ends it. So `encrypt(armor(destination), recipients)` writes an armored age file.
/// `sync()` covers whole lines only.
[[nodiscard]] INVIGIL_API std::unique_ptr<ByteSink> armor(std::unique_ptr<ByteSink> destination);

/// The bytes behind an armor. `decrypt` needs no such help: it recognises an armored file by its beginning.
/// Strict: lines of 64 columns but for the last, canonical padded base64, LF or CRLF at their ends; around
/// the armor up to 1 KiB of white space on lines of its own. Anything else throws `Error{bad_header}` with
/// "armor line N" in `where()`, after what came before has been given. Seekable where `source` is, at the
/// price of decoding again from the beginning.
[[nodiscard]] INVIGIL_API std::unique_ptr<ByteSource> dearmor(std::unique_ptr<ByteSource> source);

}  // namespace invigil
