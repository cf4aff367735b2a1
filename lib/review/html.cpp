#include "review/html.hpp"

#include "base/utf8.hpp"

#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace invigil::review {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool control = (first < 0x20 && first != '\n' && first != '\t') || first == 0x7F;
    if (length == 0 || control) {
      out += replacement;
    } else if (const auto named = entity(text.front()); !named.empty()) {
      out += named;
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string jpeg_uri(std::span<const std::byte> jpeg) {
  std::string text(4 * ((jpeg.size() + 2) / 3) + 1, '\0');  // EVP_EncodeBlock ends with a NUL
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(jpeg.data()), static_cast<int>(jpeg.size()));
  text.resize(static_cast<std::size_t>(size));
  return "data:image/jpeg;base64," + text;
}

namespace {

std::string clock_of_tenths(std::int64_t tenths, bool show_tenths) {
  const auto s = tenths / 10;
  std::string text = s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
                               : fmt::format("{}:{:02}", s / 60, s % 60);
  if (show_tenths) text += fmt::format(".{}", tenths % 10);
  return text;
}

std::int64_t tenths_of(Timestamp time) {
  const auto ns = time.time_since_epoch().count();
  return ns <= 0 ? 0 : ns / 100'000'000 + (ns % 100'000'000 >= 50'000'000 ? 1 : 0);
}

}  // namespace

std::string clock(Timestamp time) { return clock_of_tenths(tenths_of(time), true); }

std::string stretch(Timestamp begin, Timestamp end) {
  const auto from = clock(begin), to = clock(end);
  return from == to ? from : from + "–" + to;
}

std::string whole_clock(Timestamp time) { return clock_of_tenths(tenths_of(time), false); }

std::string label(std::string_view name) {
  std::string text{name};
  for (auto& c : text)
    if (c == '_') c = ' ';
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace invigil::review
