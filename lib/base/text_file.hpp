// Small text files, whole.
#pragma once

#include <invigil/error.hpp>

#include <cstddef>
#include <filesystem>
#include <string>

namespace invigil {

/// The bytes of a file. Throws `Error{io}` when it cannot be read, `Error{too_large}` with the code given
/// when there are more than `limit` bytes.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path, std::size_t limit,
                                         Errc too_large);

}  // namespace invigil
