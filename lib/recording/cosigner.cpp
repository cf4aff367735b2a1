// The server's side of cosigning, as C2SP tlog-witness.
#include "crypto/cosignature.hpp"
#include "crypto/encoding.hpp"
#include "crypto/merkle.hpp"

#include <invigil/error.hpp>
#include <invigil/proof.hpp>
#include <invigil/witness.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace invigil {

namespace {

using crypto::CheckpointNote;
using crypto::KeyType;
using crypto::VerifierKey;

constexpr std::string_view secret_prefix = "PRIVATE+KEY+";

std::optional<ConsistencyProof> read(std::string_view request) {
  try {
    return ConsistencyProof::parse(request);
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool continues(const ConsistencyProof& proof, const crypto::Checkpoint& known,
               const crypto::Checkpoint& head) {
  if (proof.old_size == 0) return proof.hashes.empty();
  return crypto::verify_consistency(known.size, known.root, head.size, head.root, proof.hashes);
}

}  // namespace

struct Cosigner::Secret {
  VerifierKey verifier;
  crypto::SigningKey key;
};

Cosigner::Cosigner(std::unique_ptr<Secret> secret) : secret_(std::move(secret)) {}
Cosigner::~Cosigner() = default;
Cosigner::Cosigner(Cosigner&&) noexcept = default;
Cosigner& Cosigner::operator=(Cosigner&&) noexcept = default;

Cosigner Cosigner::generate(const std::string& name) {
  if (!crypto::is_key_name(name))
    throw Error(Errc::argument, "cosigner", "its name must be printable ASCII without space and plus");
  auto key = crypto::SigningKey::generate();
  const VerifierKey verifier{name, key.public_key(), KeyType::cosignature};
  return Cosigner{std::make_unique<Secret>(Secret{verifier, std::move(key)})};
}

Cosigner Cosigner::parse(std::string_view secret) {
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.remove_suffix(1);
  const Error wrong(Errc::argument, "cosigner", "is no key of a cosigner (PRIVATE+KEY+name+...)");
  if (!secret.starts_with(secret_prefix)) throw wrong;
  auto rest = secret.substr(secret_prefix.size());
  const auto name = crypto::take_until(rest, '+');
  const auto id = crypto::take_until(rest, '+');
  auto typed = id ? crypto::parse_base64(rest) : std::nullopt;
  if (!name || !typed || typed->size() != 33 || (*typed)[0] != static_cast<std::byte>(KeyType::cosignature))
    throw wrong;
  const crypto::Secret<32> seed{std::span<const std::byte, 32>{typed->data() + 1, 32}};
  crypto::wipe(*typed);
  auto key = crypto::SigningKey::from_seed(seed);
  const VerifierKey verifier{std::string{*name}, key.public_key(), KeyType::cosignature};
  if (!crypto::is_key_name(*name) || crypto::hex(verifier.id()) != *id) throw wrong;
  return Cosigner{std::make_unique<Secret>(Secret{verifier, std::move(key)})};
}

std::string Cosigner::secret_text() const {
  const auto seed = secret_->key.seed();
  crypto::Secret<33> typed;
  typed.bytes()[0] = static_cast<std::byte>(KeyType::cosignature);
  std::copy(seed.bytes().begin(), seed.bytes().end(), typed.bytes().begin() + 1);
  return fmt::format("{}{}+{}+{}", secret_prefix, secret_->verifier.name, crypto::hex(secret_->verifier.id()),
                     crypto::base64(typed.bytes()));
}

std::string Cosigner::verifier_key() const { return secret_->verifier.to_string(); }

Cosigner::Reply Cosigner::answer(std::string_view request, const std::string& signer, std::string_view known,
                                 std::chrono::sys_seconds now) const {
  const auto proof = read(request);
  const auto note = proof ? CheckpointNote::parse(proof->checkpoint) : std::nullopt;
  if (!note) return {400, "this is no request to add a checkpoint\n"};
  const auto key = VerifierKey::parse(signer);
  if (!key || key->name != note->checkpoint.origin) return {404, "no signer is registered for this origin\n"};
  if (!note->signed_by(*key)) return {403, "the checkpoint is not signed by the registered signer\n"};
  const auto before = CheckpointNote::parse(known);
  if (!known.empty() && (!before || before->checkpoint.origin != note->checkpoint.origin))
    throw Error(Errc::argument, "known", "is no checkpoint of this recording");
  const std::uint64_t known_size = before ? before->checkpoint.size : 0;
  if (proof->old_size > note->checkpoint.size) return {400, "the old size is larger than the checkpoint\n"};
  if (proof->old_size != known_size) return {409, fmt::format("{}\n", known_size)};
  if (!continues(*proof, before ? before->checkpoint : crypto::Checkpoint{}, note->checkpoint))
    return {422, "the checkpoint does not continue the one that is known\n"};
  const auto seconds = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const auto line =
      crypto::cosign(note->checkpoint, secret_->verifier, secret_->key, seconds).line(secret_->verifier.name);
  auto kept = *note;
  std::erase_if(kept.signatures, [&](const auto& s) { return s.name != key->name || s.key_id != key->id(); });
  kept.signatures.resize(1);
  kept.signatures.push_back(line);
  return {200, line.line(), kept.to_string()};
}

std::string origin_of(std::string_view request) {
  const auto proof = read(request);
  const auto note = proof ? CheckpointNote::parse(proof->checkpoint) : std::nullopt;
  return note ? note->checkpoint.origin : std::string{};
}

}  // namespace invigil
