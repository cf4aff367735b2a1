#include "crypto/cosignature.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace invigil::crypto {

namespace {

constexpr std::size_t time_size = 8;  // big-endian, before the signature
constexpr std::uint64_t latest = std::numeric_limits<std::int64_t>::max();

}  // namespace

std::string cosigned_message(const Checkpoint& checkpoint, std::uint64_t time) {
  return fmt::format("cosignature/v1\ntime {}\n{}", time, checkpoint.text());
}

std::optional<Cosignature> Cosignature::from(const NoteSignature& line) {
  Cosignature result;
  if (line.signature.size() != time_size + result.signature.size()) return std::nullopt;
  result.key_id = line.key_id;
  for (std::size_t i = 0; i < time_size; ++i)
    result.time = result.time << 8 | std::to_integer<std::uint64_t>(line.signature[i]);
  if (result.time > latest) return std::nullopt;
  std::copy(line.signature.begin() + time_size, line.signature.end(), result.signature.begin());
  return result;
}

NoteSignature Cosignature::line(const std::string& name) const {
  NoteSignature result{name, key_id, {}};
  for (std::size_t i = 0; i < time_size; ++i)
    result.signature.push_back(static_cast<std::byte>(time >> (8 * (time_size - 1 - i)) & 0xffU));
  result.signature.insert(result.signature.end(), signature.begin(), signature.end());
  return result;
}

bool Cosignature::holds(const VerifierKey& key, const Checkpoint& checkpoint) const {
  return key.type == KeyType::cosignature && key_id == key.id() &&
         verify_signature(key.key, as_bytes(cosigned_message(checkpoint, time)), signature);
}

Cosignature cosign(const Checkpoint& checkpoint, const VerifierKey& key, const SigningKey& secret,
                   std::uint64_t time) {
  return {key.id(), time, secret.sign(as_bytes(cosigned_message(checkpoint, time)))};
}

}  // namespace invigil::crypto
