// What the candidate agreed to. Part of every recording.
#pragma once

#include <invigil/export.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace invigil {

/// The record of consent. All fields are free text except where stated; empty means not stated.
struct Consent {
  /// Whether consent was given. A recording without one is flagged `consent_missing`. Default: false.
  bool given = false;
  /// Why this is recorded, e.g. "exam of 2026-06-12, Statistics 2".
  std::string purpose = {};
  /// Who may see it, e.g. "examiners of the Institute of Psychology".
  std::string audience = {};
  /// How long it is kept, an ISO 8601 duration, e.g. "P6M".
  std::string retention = {};
  /// Who consented: a pseudonym is enough.
  std::string by = {};
  /// When, ISO 8601.
  std::string at = {};
};

[[nodiscard]] INVIGIL_API std::string to_json(const Consent& consent);
/// Throws `Error{bad_header}` naming `where` when it is no JSON object, or a field has the wrong type.
[[nodiscard]] INVIGIL_API Consent parse_consent(std::string_view json, std::string_view where = "consent");
[[nodiscard]] INVIGIL_API Consent load_consent(const std::filesystem::path& path);

}  // namespace invigil
