// Where bytes go to and come from.
#pragma once

#include <invigil/export.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace invigil {

/// An append-only destination. Not thread-safe; the library never calls one concurrently.
class INVIGIL_API ByteSink {
 public:
  virtual ~ByteSink() = default;
  /// Appends all of `bytes` or throws `Error{io}`; after a throw the sink stays failed.
  virtual void write(std::span<const std::byte> bytes) = 0;
  /// Returns once everything written so far survives a power cut (where the destination can promise that).
  virtual void sync() {}
  /// Makes sure that `bytes` more can be written, whatever else fills the disk meanwhile. False when there is
  /// no room for them: nothing was written, and the sink stays usable. True also where nothing can be
  /// promised (a pipe, a network). What was set aside and not used is given back at the end. Throws
  /// `Error{io}`.
  [[nodiscard]] virtual bool reserve(std::uint64_t bytes);
  /// Commits. Throws what a destructor could not report. Idempotent; `write` afterwards throws
  /// `Error{closed}`.
  virtual void close() {}
  /// Names the destination in messages, e.g. a path.
  [[nodiscard]] virtual std::string name() const { return "sink"; }
};

/// A readable input. Seekable when `size()` has a value.
class INVIGIL_API ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Reads up to `buffer.size()` bytes; 0 only at the end. Throws `Error{io}`.
  virtual std::size_t read(std::span<std::byte> buffer) = 0;
  /// Total size in bytes, when known and when `seek` works.
  [[nodiscard]] virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
  /// Moves to an absolute offset. Throws `Error{unsupported}` when not seekable.
  virtual void seek(std::uint64_t offset);
  /// Nothing more will be read: a `read` that waits throws within a second, and each after it. From any
  /// thread, at any time. Default: does nothing, which will do for sources that never wait for long.
  virtual void stop() noexcept {}
  [[nodiscard]] virtual std::string name() const { return "source"; }
};

struct CreateOptions {
  /// Replace an existing file instead of failing. Default: false.
  bool overwrite = false;
};

/// Creates a file for appending. `sync()` is fdatasync(2), `reserve()` is fallocate(2) or, on file systems
/// without it, a look at the free space. Throws `Error{io}` with the reason and the path:
/// it exists, the folder is missing, no permission, full disk.
[[nodiscard]] INVIGIL_API std::unique_ptr<ByteSink> create_file(const std::filesystem::path& path,
                                                                CreateOptions options = {});

/// A file that appears under `path` only when `close()` succeeds; until then, and on failure, nothing is
/// there.
[[nodiscard]] INVIGIL_API std::unique_ptr<ByteSink> create_file_atomically(const std::filesystem::path& path,
                                                                           CreateOptions options = {});

/// Opens a regular file. Throws `Error{io}`: missing, a folder, no permission.
[[nodiscard]] INVIGIL_API std::unique_ptr<ByteSource> open_file(const std::filesystem::path& path);

}  // namespace invigil
