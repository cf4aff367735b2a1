// What the library points out to a person, and why.
#pragma once

#include <invigil/export.hpp>
#include <invigil/time.hpp>

#include <string>
#include <string_view>

namespace invigil {

/// `behaviour` is for a person to judge; `technical` says what could not be seen and weighs nothing;
/// `milestone` marks a step of the exam.
enum class FlagKind { behaviour, technical, milestone };

[[nodiscard]] INVIGIL_API std::string_view to_string(FlagKind kind) noexcept;

/// One stretch of the session that deserves a look.
struct Flag {
  /// The name of the flag, e.g. "face_absent".
  std::string what;
  FlagKind kind = FlagKind::behaviour;
  /// When the evidence first rose and when it fell.
  Timestamp begin{};
  Timestamp end{};
  /// How sure the detector is, in [0, 1]: not a probability of misconduct.
  double confidence = 1.0;
  /// A sentence that a candidate would accept as a description of what was seen.
  std::string because;
  /// The stretch to watch when judging: 5 s more on either side, within the session.
  Timestamp evidence_begin{};
  Timestamp evidence_end{};
  /// How many short flags of the same kind were merged into this one. Default: 1.
  int count = 1;

  bool operator==(const Flag&) const = default;
};

/// The flag as one JSON line (without newline), with `points` where the score gave some.
[[nodiscard]] INVIGIL_API std::string to_json(const Flag& flag, double points = 0.0);
/// Reads what `to_json` wrote. Throws `Error{bad_header}` naming `where`.
[[nodiscard]] INVIGIL_API Flag parse_flag(std::string_view json, std::string_view where = "flag");

}  // namespace invigil
