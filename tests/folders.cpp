#include "folders.hpp"

namespace invigil::test {

std::filesystem::path source_folder() { return INVIGIL_SOURCE_DIR; }
std::filesystem::path folder_beside() { return source_folder() / ".." / "shared"; }

}  // namespace invigil::test
