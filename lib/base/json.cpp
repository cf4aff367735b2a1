#include "base/json.hpp"

#include <invigil/error.hpp>

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace invigil::json {

namespace {

[[noreturn]] void refuse(std::string_view where, std::string_view what) {
  throw Error(Errc::bad_header, std::string{where}, what);
}

/// nlohmann's messages begin with "[json.exception.parse_error.101] ", which helps nobody.
std::string_view without_tag(std::string_view message) {
  const auto end = message.starts_with('[') ? message.find("] ") : std::string_view::npos;
  return end == std::string_view::npos ? message : message.substr(end + 2);
}

bool is_integer(double x) { return std::nearbyint(x) == x; }

}  // namespace

Object parse(std::string_view text, std::string_view where) {
  if (text.size() > longest_line)
    refuse(where, fmt::format("is {} bytes long; at most {} are read", text.size(), longest_line));
  // A depth limit in the parser: the text is bounded, but a value of a million brackets is still no use.
  bool deep = false;
  const auto limit = [&](int depth, Object::parse_event_t, Object&) {
    deep = deep || depth > deepest;
    return !deep;
  };
  Object object;
  try {
    object = Object::parse(text, limit);
  } catch (const Object::exception& e) {
    refuse(where, fmt::format("is not valid JSON: {}", without_tag(e.what())));
  }
  if (deep) refuse(where, fmt::format("is nested deeper than {} levels", deepest));
  if (!object.is_object()) refuse(where, "is not a JSON object {...}");
  return object;
}

std::string line(const Object& object) {
  return object.dump(-1, ' ', false, Object::error_handler_t::replace);
}

double widen(float x) {
  if (!std::isfinite(x)) return double{x};
  char text[32];
  const auto written = std::to_chars(text, text + sizeof text, x);
  double wide = 0;
  std::from_chars(text, written.ptr, wide);
  return wide;
}

Fields::Fields(const Object& object, std::string_view where) : object_(&object), where_(where) {}

bool Fields::has(const char* key) const {
  const auto found = object_->find(key);
  return found != object_->end() && !found->is_null();
}

const Object& Fields::at(const char* key) const {
  const auto found = object_->find(key);
  if (found == object_->end()) fail(key, "is missing");
  return *found;
}

const Object& Fields::array(const char* key) const {
  const auto& value = at(key);
  if (!value.is_array()) fail(key, "is not an array");
  return value;
}

Fields Fields::object(const char* key) const {
  const auto& value = at(key);
  if (!value.is_object()) fail(key, "is not an object");
  return {value, where_};
}

std::string Fields::text(const char* key) const {
  const auto& value = at(key);
  if (!value.is_string()) fail(key, "is not a string");
  return value.get<std::string>();
}

std::string Fields::text_or(const char* key, std::string_view fallback) const {
  return has(key) ? text(key) : std::string{fallback};
}

bool Fields::boolean_or(const char* key, bool fallback) const {
  if (!has(key)) return fallback;
  const auto& value = at(key);
  if (!value.is_boolean()) fail(key, "is neither true nor false");
  return value.get<bool>();
}

double Fields::number(const char* key, double least, double most) const {
  const auto& value = at(key);
  if (!value.is_number()) fail(key, "is not a number");
  const double x = value.get<double>();
  if (!(x >= least && x <= most)) fail(key, fmt::format("is {}, not within {} to {}", x, least, most));
  return x;
}

double Fields::number_or(const char* key, double least, double most, double fallback) const {
  return has(key) ? number(key, least, most) : fallback;
}

int Fields::integer_or(const char* key, int least, int most, int fallback) const {
  const double x = number_or(key, least, most, fallback);
  if (!is_integer(x)) fail(key, fmt::format("is {}, not a whole number", x));
  return static_cast<int>(x);
}

Timestamp Fields::time(const char* key) const {
  return from_seconds(number(key, -longest_seconds, longest_seconds));
}

Duration Fields::duration_or(const char* key, Duration fallback) const {
  return has(key) ? duration_from_seconds(number(key, 0, longest_seconds)) : fallback;
}

void Fields::fail(const char* key, std::string_view what) const {
  refuse(where_, fmt::format("\"{}\" {}", key, what));
}

}  // namespace invigil::json
