// Bytes in memory as an input.
#pragma once

#include <invigil/export.hpp>
#include <invigil/io.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace invigil {

/// A seekable source of `bytes`, which are not copied and must outlive it. Where the library reads in bulk,
/// as in `decrypt`, it reads them where they lie.
[[nodiscard]] INVIGIL_API std::unique_ptr<ByteSource> open_memory(std::span<const std::byte> bytes,
                                                                  std::string name = "memory");

}  // namespace invigil
