#include "crypto/note.hpp"

#include "crypto/encoding.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace invigil::crypto {

namespace {

constexpr std::string_view dash = "\xe2\x80\x94 ";  // U+2014 and a space begin a signature line

template <std::size_t N>
std::optional<std::array<std::byte, N>> parse_exactly(std::string_view text) {
  const auto bytes = parse_base64(text);
  if (!bytes || bytes->size() != N) return std::nullopt;
  std::array<std::byte, N> result;
  std::copy(bytes->begin(), bytes->end(), result.begin());
  return result;
}

}  // namespace

bool is_key_name(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > 32 && c < 127 && c != '+'; });
}

KeyId key_id(std::string_view name, KeyType type, const PublicKey& key) {
  Sha256 hash;
  hash.update(as_bytes(name));
  hash.update(std::array{std::byte{0x0a}, static_cast<std::byte>(type)});
  hash.update(key);
  const Digest digest = hash.finish();
  return {digest[0], digest[1], digest[2], digest[3]};
}

std::string VerifierKey::to_string() const {
  std::array<std::byte, 33> typed{static_cast<std::byte>(type)};
  std::copy(key.begin(), key.end(), typed.begin() + 1);
  return fmt::format("{}+{}+{}", name, hex(id()), base64(typed));
}

std::optional<VerifierKey> VerifierKey::parse(std::string_view text, KeyType type) {
  const std::string_view whole = text;
  const auto name = take_until(text, '+');
  const auto id = take_until(text, '+');
  if (!name || !id || !is_key_name(*name)) return std::nullopt;
  const auto typed = parse_exactly<33>(text);
  if (!typed || (*typed)[0] != static_cast<std::byte>(type)) return std::nullopt;
  VerifierKey key;
  key.name = *name;
  key.type = type;
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
  if (!line || !empty->empty() || !note.empty() || !is_key_name(*origin)) return std::nullopt;
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

std::string NoteSignature::line() const {
  std::vector<std::byte> blob(key_id.begin(), key_id.end());
  blob.insert(blob.end(), signature.begin(), signature.end());
  return fmt::format("{}{} {}\n", dash, name, base64(blob));
}

std::optional<NoteSignature> NoteSignature::parse(std::string_view line) {
  const std::string_view whole = line;
  if (!line.starts_with(dash)) return std::nullopt;
  line.remove_prefix(dash.size());
  const auto name = take_until(line, ' ');
  const auto text = take_until(line, '\n');
  const auto blob = text ? parse_base64(*text) : std::nullopt;
  if (!name || !is_key_name(*name) || !blob || blob->size() <= 4 || !line.empty()) return std::nullopt;
  NoteSignature result;
  result.name = *name;
  std::copy_n(blob->begin(), 4, result.key_id.begin());
  result.signature.assign(blob->begin() + 4, blob->end());
  if (result.line() != whole) return std::nullopt;
  return result;
}

std::string CheckpointNote::to_string() const {
  std::string text = checkpoint.text() + "\n";
  for (const auto& signature : signatures) text += signature.line();
  return text;
}

std::optional<CheckpointNote> CheckpointNote::parse(std::string_view note) {
  constexpr std::size_t most = 64;
  const std::string_view whole = note;
  const auto origin = take_until(note, '\n');
  const auto number = take_until(note, '\n');
  const auto root = take_until(note, '\n');
  const auto empty = take_until(note, '\n');
  if (!empty || !empty->empty() || !is_key_name(*origin)) return std::nullopt;
  const auto size = parse_number(*number);
  const auto hash = parse_exactly<32>(*root);
  if (!size || !hash) return std::nullopt;
  CheckpointNote result{{std::string{*origin}, *size, *hash}, {}};
  while (!note.empty()) {
    const std::size_t end = note.find('\n');
    const auto line = note.substr(0, end == std::string_view::npos ? end : end + 1);
    auto signature = NoteSignature::parse(line);
    if (!signature || result.signatures.size() == most) return std::nullopt;
    result.signatures.push_back(std::move(*signature));
    note.remove_prefix(line.size());
  }
  if (result.signatures.empty() || result.to_string() != whole) return std::nullopt;
  return result;
}

// A line that names the key but does not hold spoils the note (C2SP signed-note).
bool CheckpointNote::signed_by(const VerifierKey& key) const {
  bool held = false;
  for (const NoteSignature& line : signatures) {
    if (line.name != key.name || line.key_id != key.id()) continue;
    SignedCheckpoint head{checkpoint, line.key_id, {}};
    if (line.signature.size() != head.signature.size()) return false;
    std::copy(line.signature.begin(), line.signature.end(), head.signature.begin());
    if (!head.signed_by(key)) return false;
    held = true;
  }
  return held;
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
