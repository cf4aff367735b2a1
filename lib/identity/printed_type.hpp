// What a document calls itself.
#pragma once

#include "identity/words.hpp"

#include <invigil/concealed.hpp>

#include <vector>

namespace invigil::identity {

/// By the words printed on it, for documents without a machine readable zone: "RIJBEWIJS", "Driving Licence",
/// "Leiden University" and so on; `unknown` where none of the known ones is among them.
[[nodiscard]] DocumentType printed_type(const std::vector<Word>& words);

/// Capital letters A to Z; everything else is left out.
[[nodiscard]] std::string capitals(std::string_view word);

}  // namespace invigil::identity
