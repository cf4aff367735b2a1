// The one exception type that leaves this library.
#pragma once

#include <invigil/export.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace invigil {

/// What went wrong, coarse enough to decide on. The message says the rest.
enum class Errc {
  argument,     ///< A value that the caller gave does not parse or is out of range.
  device,       ///< A camera, microphone or screen is absent, busy, forbidden or was lost.
  unsupported,  ///< A valid input of a kind that this build cannot handle.
  bad_header,   ///< Not the format it claims to be, or damaged before anything could be read.
  no_identity,  ///< None of the given keys opens this.
  tampered,     ///< Authentication failed: the bytes are not those that were written.
  truncated,    ///< The input ends before it should; everything before was delivered.
  io,           ///< The operating system refused: missing file, permission, full disk, reset connection.
  closed,       ///< The object was closed, or failed earlier.
  policy,       ///< A policy file is wrong, or the policy in force forbids this.
  model,        ///< A detection model is absent, has the wrong digest or cannot be loaded.
};

/// The name of a code as written in `Errc`, e.g. "bad_header".
[[nodiscard]] INVIGIL_API std::string_view to_string(Errc code) noexcept;

/// Every failure that this library reports. `what()` reads "<where>: <what happened>[; <what to do>]".
class INVIGIL_API Error : public std::runtime_error {
 public:
  /// `where`: the file, device or option concerned, with the place inside it where one is known.
  /// `what`: one sentence without a full stop.
  Error(Errc code, std::string where, std::string_view what);

  [[nodiscard]] Errc code() const noexcept { return code_; }
  [[nodiscard]] const std::string& where() const noexcept { return where_; }

 private:
  Errc code_;
  std::string where_;
};

}  // namespace invigil
