// Changing who can open a recording, without touching what was recorded.
#pragma once

#include <invigil/crypto.hpp>
#include <invigil/export.hpp>
#include <invigil/io.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace invigil {

struct RewrapOptions {
  /// The reason, one line of at most 1000 bytes, kept in clear in the recording. Default: "new recipients".
  std::string why = "new recipients";
};

struct RewrapReport {
  std::vector<std::uint64_t> rewrapped;
  std::uint64_t shredded = 0;  ///< Members without a key; they stay so.
  /// Members that do not open, or do not hold the key that their entry commits to: carried over as they are,
  /// so whoever could open them before still can.
  std::vector<std::uint64_t> unchanged;
  std::uint64_t strays = 0;    ///< Bytes that belong to no member, carried over as they are.
  std::uint64_t left_out = 0;  ///< Bytes of an incomplete tail, which no reader delivers: dropped.
  std::string damage;          ///< The first damage that the recording had before; empty when it had none.
};
[[nodiscard]] INVIGIL_API std::string to_json(const RewrapReport& report);

/// Writes a copy to `out` that opens with the keys of `recipients` and of nobody else. Each file key is
/// checked against what its signed entry commits to and wrapped again; payloads stay as they are byte by
/// byte, so everything that was signed still verifies, and a note at the end tells what was changed and when.
/// Whoever kept a copy from before, or a file key, can still open that. Does not close `out`.
///
/// Throws `Error{argument}` without recipients, `Error{no_identity}` when `identities` open nothing,
/// `Error{unsupported}` when the input is not seekable, `Error{bad_header}` when it is no recording,
/// `Error{truncated}` when it holds no complete member, `Error{io}`.
INVIGIL_API RewrapReport rewrap(ByteSource& recording, const std::vector<Identity>& identities,
                                const std::vector<Recipient>& recipients, ByteSink& out,
                                const RewrapOptions& options = {});

/// The same under the same name: a new file is written beside the old one and takes its place when it is
/// whole, because headers change their lengths. What the old file's blocks held may stay on the disk.
INVIGIL_API RewrapReport rewrap_in_place(const std::filesystem::path& recording,
                                         const std::vector<Identity>& identities,
                                         const std::vector<Recipient>& recipients,
                                         const RewrapOptions& options = {});

}  // namespace invigil
