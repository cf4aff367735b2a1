// The textual header of an age file.
#include "crypto/age.hpp"
#include "crypto/encoding.hpp"

#include <invigil/error.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace invigil::crypto {

namespace {

constexpr std::string_view version_line = "age-encryption.org/v1";
constexpr std::size_t columns = 64;  // of a stanza's body

std::vector<std::string> split_args(std::string_view text) {
  std::vector<std::string> args;
  for (;;) {
    const std::size_t space = text.find(' ');
    args.emplace_back(text.substr(0, space));
    if (space == std::string_view::npos) return args;
    text.remove_prefix(space + 1);
  }
}

bool is_argument(const std::string& arg) {
  return !arg.empty() && std::all_of(arg.begin(), arg.end(), [](char c) { return c >= 33 && c <= 126; });
}

/// Reads a header line by line and keeps what the MAC covers.
class HeaderReader {
 public:
  explicit HeaderReader(BufferedSource& source) : source_(source) {}

  Header read() {
    if (next() != version_line) fail("is not an age file (its first line is not age-encryption.org/v1)");
    keep();
    while (next().starts_with("-> ")) header_.stanzas.push_back(stanza());
    if (header_.stanzas.empty()) fail("has no recipient stanza");
    if (!line_.starts_with("--- ")) fail("expected a stanza or the header's MAC");
    const auto mac = parse_raw_base64(std::string_view{line_}.substr(4));
    if (!mac || mac->size() != header_.mac.size()) fail("the header's MAC is not 43 characters of base64");
    std::copy(mac->begin(), mac->end(), header_.mac.begin());
    header_.text += "---";
    return std::move(header_);
  }

 private:
  Stanza stanza() {
    Stanza result;
    result.args = split_args(std::string_view{line_}.substr(3));
    if (!std::all_of(result.args.begin(), result.args.end(), is_argument))
      fail("a stanza's argument is empty or holds a character that is not printable ASCII");
    keep();
    do {
      const auto part = parse_raw_base64(next());
      if (!part || line_.size() > columns) fail("a stanza's body is not canonical base64 in 64 columns");
      result.body.insert(result.body.end(), part->begin(), part->end());
      keep();
    } while (line_.size() == columns);
    return result;
  }

  const std::string& next() {
    ++number_;
    auto line = source_.line(max_header_size - std::min(max_header_size, header_.text.size()));
    if (!line) fail("the age header is cut off or longer than 1 MiB");
    line_ = std::move(*line);
    return line_;
  }
  void keep() { header_.text.append(line_).push_back('\n'); }
  [[noreturn]] void fail(std::string_view what) const {
    throw Error(Errc::bad_header, fmt::format("{}: line {}", source_.name(), number_), what);
  }

  BufferedSource& source_;
  Header header_;
  std::string line_;
  int number_ = 0;
};

}  // namespace

Header read_header(BufferedSource& source) { return HeaderReader{source}.read(); }

std::string write_header(const FileKey& key, std::span<const Stanza> stanzas) {
  std::string text{version_line};
  text += '\n';
  for (const Stanza& stanza : stanzas) {
    text += "->";
    for (const std::string& arg : stanza.args) text.append(" ").append(arg);
    text += '\n';
    const std::string body = raw_base64(stanza.body);
    // A body ends with a line of fewer than 64 columns, so a full last line is followed by an empty one.
    for (std::size_t at = 0; at <= body.size(); at += columns) text.append(body, at, columns).push_back('\n');
  }
  text += "---";
  const Key mac_key = hkdf(key.bytes(), {}, "header");
  const Digest mac = hmac(mac_key.bytes(), as_bytes(text));
  return text.append(" ").append(raw_base64(mac)).append("\n");
}

}  // namespace invigil::crypto
