// Where the project and what lies beside it are. Told to one file alone: else the others' objects would be
// those of one folder, and no other clone's compiler cache would have them.
#pragma once

#include <filesystem>

namespace invigil::test {

[[nodiscard]] std::filesystem::path source_folder();
/// With models, data and vectors; it may be absent.
[[nodiscard]] std::filesystem::path folder_beside();

}  // namespace invigil::test
