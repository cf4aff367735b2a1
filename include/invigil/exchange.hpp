// Flags in the formats of exam platforms and spreadsheets.
#pragma once

#include <invigil/export.hpp>
#include <invigil/score.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace invigil {

enum class ExchangeFormat {
  csv,   ///< A table (RFC 4180, LF), all flags.
  acs,   ///< 1EdTech Proctoring Services 1.0, Assessment Control Service: a request `flag` a line, behaviour
         ///< flags only.
  edx,   ///< edX's review of an attempt: one object; `not_reviewed`, since a person decides.
  xapi,  ///< xAPI 1.0.3 statements, one a line, all flags. The extensions are listed in lib/score/README.md.
};

/// What the formats want to know beyond the flags.
struct ExchangeOptions {
  /// Wall time of the session's begin. Default: 1970-01-01T00:00:00Z, so that times count from zero.
  std::chrono::sys_time<std::chrono::milliseconds> started{};
  /// Who issued the candidate's name, e.g. the platform's URL. Default: "urn:x-invigil:unknown".
  std::string issuer = "urn:x-invigil:unknown";
  /// The candidate, best a pseudonym. Default: "unknown".
  std::string user = "unknown";
  /// The exam, as the platform names it. Default: "unknown".
  std::string exam = "unknown";
  /// Which attempt of the candidate. Default: 1.
  int attempt = 1;
};

/// The flags of `score` as text of that format, with a line break at the end. No flag is left without the
/// sentence that explains it.
[[nodiscard]] INVIGIL_API std::string to_exchange(const Score& score, ExchangeFormat format,
                                                  const ExchangeOptions& options = {});

/// "2026-06-12T09:00:00Z", with fractions and "+02:00" in place of "Z" if need be.
/// Throws `Error{argument}`.
[[nodiscard]] INVIGIL_API std::chrono::sys_time<std::chrono::milliseconds> parse_wall_time(
    std::string_view text);

}  // namespace invigil
