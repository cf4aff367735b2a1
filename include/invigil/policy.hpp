// What is flagged, from when on and how much it weighs: a file, not code.
#pragma once

#include <invigil/consent.hpp>
#include <invigil/export.hpp>
#include <invigil/time.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace invigil {

/// How one flag is treated.
struct FlagPolicy {
  /// Default: true.
  bool enabled = true;
  /// Shorter stretches are not flagged. Default: per flag.
  Duration longer_than{};
  /// Multiplies the points that the flag scores, >= 0. Always 0 for technical flags and milestones, which
  /// never score. Default: per flag.
  double weight = 1.0;
  /// How often an honest candidate shows it, times an hour, > 0: more than that is what scores. Default: per
  /// flag.
  double per_hour = 1.0;
  /// How much honest candidates are alike in that, > 0: their rates are taken to follow
  /// Gamma(shape, shape / per_hour), whose coefficient of variation is 1/sqrt(shape). Default: 1.
  double shape = 1.0;
  bool operator==(const FlagPolicy&) const = default;
};

enum class ConsentRule { asked, required };
enum class CoverRule { numbers, all_but_portrait_and_name, whole_document };

/// A written-down exception for one candidate, e.g. a reader or a carer in the room.
struct Accommodation {
  std::string flag = {};            ///< The flag concerned.
  bool mute = false;                ///< Do not raise it at all. Default: false.
  double longer_than_factor = 1.0;  ///< Widens the flag's `longer_than`. >= 1. Default: 1.
  std::string reason = {};          ///< Why, for the reviewer.
  bool operator==(const Accommodation&) const = default;
};

/// Everything that turns observations into flags and flags into a score. Default-constructed: the default
/// policy.
struct INVIGIL_API Policy {
  Policy();
  /// Keyed by the flag's name. Holds every flag the library knows.
  std::map<std::string, FlagPolicy, std::less<>> flags;
  /// Faces below this confidence are not counted. Default: 0.8.
  double face_confidence = 0.8;
  ConsentRule consent = ConsentRule::asked;
  CoverRule cover = CoverRule::numbers;
  /// Scores from here on are "medium" and "high". Defaults: 3, about one thing that an honest candidate shows
  /// once in five exams, and 8, three of them within five minutes.
  double medium = 3.0;
  double high = 8.0;
  std::vector<Accommodation> accommodations;

  /// The flag's policy with the accommodations applied; a disabled one for an unknown name.
  [[nodiscard]] FlagPolicy of(std::string_view flag) const;
  /// Canonical TOML: the same policy gives the same text.
  [[nodiscard]] std::string to_toml() const;
  /// "sha256:" and the hexadecimal digest of `to_toml()`.
  [[nodiscard]] std::string digest() const;
};

/// Reads TOML; keys that are absent keep their defaults. Throws `Error{policy}` with `where:line`, naming an
/// unknown key and the nearest known one, a wrong type or a value out of range.
[[nodiscard]] INVIGIL_API Policy parse_policy(std::string_view toml, std::string_view where = "policy");
[[nodiscard]] INVIGIL_API Policy load_policy(const std::filesystem::path& path);

}  // namespace invigil
