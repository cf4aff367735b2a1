// A file that is changed where it stands. Only shredding does that: everything else only appends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace invigil::recording {

/// Each call throws `Error{io}`.
class EditFile {
 public:
  virtual ~EditFile() = default;
  virtual void write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  /// Makes the file this long.
  virtual void resize(std::uint64_t size) = 0;
  /// Returns once everything so far survives a power cut.
  virtual void sync() = 0;
};

/// Opens an existing regular file for changes.
[[nodiscard]] std::unique_ptr<EditFile> edit_file(const std::filesystem::path& path);

}  // namespace invigil::recording
