#include <invigil/error.hpp>

#include <fmt/format.h>

namespace invigil {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::argument:
      return "argument";
    case Errc::device:
      return "device";
    case Errc::unsupported:
      return "unsupported";
    case Errc::bad_header:
      return "bad_header";
    case Errc::no_identity:
      return "no_identity";
    case Errc::tampered:
      return "tampered";
    case Errc::truncated:
      return "truncated";
    case Errc::io:
      return "io";
    case Errc::closed:
      return "closed";
    case Errc::policy:
      return "policy";
    case Errc::model:
      return "model";
  }
  return "unknown";
}

Error::Error(Errc code, std::string where, std::string_view what)
    : std::runtime_error(fmt::format("{}: {}", where, what)), code_(code), where_(std::move(where)) {}

}  // namespace invigil
