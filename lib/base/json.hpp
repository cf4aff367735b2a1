// Reading and writing of JSON lines: strict, bounded, and with errors that name the place and the field.
#pragma once

#include <invigil/time.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace invigil::json {

/// Keeps the order in which keys are set, so that the same value gives the same text.
using Object = nlohmann::ordered_json;

/// No line of ours comes near; a longer one is not read at all.
constexpr std::size_t longest_line = std::size_t{1} << 20;
/// Nor is any of ours nested this deep.
constexpr int deepest = 16;
/// Seconds beyond this, in either direction, are no time of a session (31 years).
constexpr double longest_seconds = 1e9;

/// The object that `text` holds. Throws `Error{bad_header}` naming `where`: not JSON, not UTF-8, not an
/// object, too long or too deep.
[[nodiscard]] Object parse(std::string_view text, std::string_view where);

/// One line. Numbers are written by the shortest text that reads back to the same double, always with a
/// decimal point of ".", whatever the locale; what is not UTF-8 in a string becomes U+FFFD.
[[nodiscard]] std::string line(const Object& object);

/// The double whose shortest text is also the shortest text of `x`: 0.1f is written 0.1 and reads back to
/// 0.1f.
[[nodiscard]] double widen(float x);

/// The fields of one object; each getter throws `Error{bad_header}` naming the place and the key.
class Fields {
 public:
  Fields(const Object& object, std::string_view where);

  [[nodiscard]] bool has(const char* key) const;  ///< Present and not null.
  [[nodiscard]] const Object& array(const char* key) const;
  [[nodiscard]] Fields object(const char* key) const;
  [[nodiscard]] std::string text(const char* key) const;
  [[nodiscard]] std::string text_or(const char* key, std::string_view fallback) const;
  [[nodiscard]] bool boolean_or(const char* key, bool fallback) const;
  [[nodiscard]] double number(const char* key, double least, double most) const;
  [[nodiscard]] double number_or(const char* key, double least, double most, double fallback) const;
  [[nodiscard]] int integer_or(const char* key, int least, int most, int fallback) const;
  [[nodiscard]] Timestamp time(const char* key) const;
  [[nodiscard]] Duration duration_or(const char* key, Duration fallback) const;

  [[noreturn]] void fail(const char* key, std::string_view what) const;

 private:
  [[nodiscard]] const Object& at(const char* key) const;
  const Object* object_;
  std::string_view where_;
};

}  // namespace invigil::json
