// The public test vectors of age (C2SP CCTV), read from where they lie.
#pragma once

#include "memory.hpp"
#include "support.hpp"

#include <invigil/crypto.hpp>
#include <invigil/passphrase.hpp>

#include <map>
#include <string>
#include <vector>

namespace invigil::test {

struct AgeVector {
  std::string name;
  std::multimap<std::string, std::string> fields;
  Bytes file;

  [[nodiscard]] std::string field(const std::string& key) const {
    const auto found = fields.find(key);
    return found == fields.end() ? std::string{} : found->second;
  }
  [[nodiscard]] bool has(const std::string& key) const { return fields.contains(key); }
  [[nodiscard]] std::vector<Identity> identities() const {
    std::vector<Identity> all;
    const auto [begin, end] = fields.equal_range("identity");
    for (auto it = begin; it != end; ++it) all.push_back(Identity::parse(it->second));
    return all;
  }
  [[nodiscard]] std::vector<Passphrase> passphrases() const {
    std::vector<Passphrase> all;
    const auto [begin, end] = fields.equal_range("passphrase");
    for (auto it = begin; it != end; ++it) all.emplace_back(it->second);
    return all;
  }
};

inline Bytes inflate(const Bytes& compressed) {
  const TemporaryFolder folder;
  write_file(folder / "in", compressed);
  REQUIRE(run("python3 -c 'import sys,zlib; "
              "sys.stdout.buffer.write(zlib.decompress(sys.stdin.buffer.read()))' < " +
              (folder / "in").string() + " > " + (folder / "out").string()) == 0);
  return read_file(folder / "out");
}

inline AgeVector load_age_vector(const std::filesystem::path& path) {
  AgeVector vector;
  vector.name = path.filename().string();
  const std::string text = to_text(read_file(path));
  std::size_t at = 0;
  while (at < text.size() && text[at] != '\n') {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const std::size_t colon = line.find(": ");
    vector.fields.emplace(line.substr(0, colon), colon == line.npos ? "" : line.substr(colon + 2));
    at = end + 1;
  }
  vector.file = to_bytes(std::string_view{text}.substr(std::min(at + 1, text.size())));
  if (vector.has("compressed")) vector.file = inflate(vector.file);
  return vector;
}

/// How an error is called in the vectors. `in_payload`: the header had been opened.
inline std::string outcome(const std::optional<Errc>& error, const std::string& message, bool in_payload) {
  if (!error) return "success";
  if (*error == Errc::no_identity) return "no match";
  if (*error == Errc::bad_header) {
    if (message.find("armor line ") != message.npos) return "armor failure";
    return in_payload ? "a header failure after the header" : "header failure";
  }
  if (*error == Errc::tampered && !in_payload)
    return message.find("its MAC does not fit") != message.npos ? "HMAC failure" : message;
  if (*error == Errc::tampered || *error == Errc::truncated)
    return in_payload ? "payload failure" : "a payload failure before the payload";
  return message;
}

}  // namespace invigil::test
