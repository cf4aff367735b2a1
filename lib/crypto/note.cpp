#include "crypto/note.hpp"

#include "crypto/encoding.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace invigil::crypto {

namespace {

constexpr std::byte ed25519{0x01};                  // the signature type
constexpr std::string_view dash = "\xe2\x80\x94 ";  // U+2014 and a space begin a signature line

bool is_name(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > 32 && c < 127 && c != '+'; });
}

template <std::size_t N>
std::optional<std::array<std::byte, N>> parse_exactly(std::string_view text) {
  const auto bytes = parse_base64(text);
  if (!bytes || bytes->size() != N) return std::nullopt;
  std::array<std::byte, N> result;
  std::copy(bytes->begin(), bytes->end(), result.begin());
  return result;
}

}  // namespace

std::array<std::byte, 4> VerifierKey::id() const {
  Sha256 hash;
  hash.update(as_bytes(name));
  hash.update(std::array{std::byte{0x0a}, ed25519});
  hash.update(key);
  const Digest digest = hash.finish();
  return {digest[0], digest[1], digest[2], digest[3]};
}

std::string VerifierKey::to_string() const {
  std::array<std::byte, 33> typed{ed25519};
  std::copy(key.begin(), key.end(), typed.begin() + 1);
  return fmt::format("{}+{}+{}", name, hex(id()), base64(typed));
}

std::optional<VerifierKey> VerifierKey::parse(std::string_view text) {
  const std::string_view whole = text;
  const auto name = take_until(text, '+');
  const auto id = take_until(text, '+');
  if (!name || !id || !is_name(*name)) return std::nullopt;
  const auto typed = parse_exactly<33>(text);
  if (!typed || (*typed)[0] != ed25519) return std::nullopt;
  VerifierKey key;
  key.name = *name;
  std::copy(typed->begin() + 1, typed->end(), key.key.begin());
  if (key.to_string() != whole) return std::nullopt;
  return key;
}

std::string Checkpoint::text() const { return fmt::format("{}\n{}\n{}\n", origin, size, base64(root)); }

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
  SignedCheckpoint result;
  result.checkpoint = checkpoint;
  result.key_id = VerifierKey{checkpoint.origin, key.public_key()}.id();
  result.signature = key.sign(as_bytes(checkpoint.text()));
  return result.to_string();
}

std::string SignedCheckpoint::to_string() const {
  std::array<std::byte, 68> blob;
  std::copy(key_id.begin(), key_id.end(), blob.begin());
  std::copy(signature.begin(), signature.end(), blob.begin() + 4);
  return fmt::format("{}\n{}{} {}\n", checkpoint.text(), dash, checkpoint.origin, base64(blob));
}

bool SignedCheckpoint::signed_by(const VerifierKey& key) const {
  return checkpoint.origin == key.name && key_id == key.id() &&
         verify_signature(key.key, as_bytes(checkpoint.text()), signature);
}

std::optional<SignedCheckpoint> parse_checkpoint(std::string_view note) {
  const std::string_view whole = note;
  const auto origin = take_until(note, '\n');
  const auto size = take_until(note, '\n');
  const auto root = take_until(note, '\n');
  const auto empty = take_until(note, '\n');
  const auto line = take_until(note, '\n');
  if (!line || !empty->empty() || !note.empty() || !is_name(*origin)) return std::nullopt;
  std::string_view blob = *line;
  const std::size_t prefix = dash.size() + origin->size() + 1;
  if (blob.size() < prefix) return std::nullopt;
  blob.remove_prefix(prefix);

  const auto number = parse_number(*size);
  const auto hash = parse_exactly<32>(*root);
  const auto bytes = parse_exactly<68>(blob);
  if (!number || !hash || !bytes) return std::nullopt;
  SignedCheckpoint result;
  result.checkpoint = {std::string{*origin}, *number, *hash};
  std::copy_n(bytes->begin(), 4, result.key_id.begin());
  std::copy_n(bytes->begin() + 4, 64, result.signature.begin());
  if (result.to_string() != whole) return std::nullopt;
  return result;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  const bool canonical = error == std::errc{} && at == end && (text.size() == 1 || text.front() != '0');
  return canonical && value <= max ? std::optional{value} : std::nullopt;
}

std::optional<std::string_view> take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  if (end == std::string_view::npos) return std::nullopt;
  const auto taken = text.substr(0, end);
  text.remove_prefix(end + 1);
  return taken;
}

}  // namespace invigil::crypto
