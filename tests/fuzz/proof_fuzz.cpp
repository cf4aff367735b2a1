// Proofs, notes with several signatures, cosignatures, beacons, requests to a witness, and the way in by the
// index.
#include "crypto/cosignature.hpp"
#include "fuzz.hpp"
#include "recording/beacon.hpp"
#include "recording/catalog.hpp"

#include <invigil/proof.hpp>
#include <invigil/verify.hpp>
#include <invigil/witness.hpp>

namespace {

using namespace invigil;

/// What is accepted is exactly what would be written.
void texts(std::string_view text) {
  if (const auto note = crypto::CheckpointNote::parse(text)) fuzz::require(note->to_string() == text);
  if (const auto line = crypto::NoteSignature::parse(text)) {
    fuzz::require(line->line() == text);
    if (const auto cosignature = crypto::Cosignature::from(*line))
      fuzz::require(cosignature->line(line->name).line() == text);
  }
  if (const auto head = recording::CosignedHead::parse(text)) fuzz::require(head->beacon() == text);
  if (const auto head = recording::EarlierHead::parse(text)) fuzz::require(head->beacon() == text);
  fuzz::errors_only([&] { fuzz::require(InclusionProof::parse(text).to_string() == text); });
  fuzz::errors_only([&] { fuzz::require(ConsistencyProof::parse(text).to_string() == text); });
  fuzz::errors_only([&] { fuzz::require(Cosigner::parse(text).secret_text().size() <= text.size()); });
}

/// A stranger's request never gets a cosignature.
void request(std::string_view text) {
  static const Cosigner cosigner = Cosigner::generate("fuzz");
  constexpr auto signer = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  const auto reply = cosigner.answer(text, signer, {}, std::chrono::sys_seconds{});
  fuzz::require(reply.status >= 400 && reply.status < 500 && reply.checkpoint.empty());
  static_cast<void>(origin_of(text));
}

/// Whatever an index says, members are read only where they are.
void by_index(std::span<const std::uint8_t> data) {
  fuzz::Memory recording{data};
  const auto catalog = recording::read_catalog(recording);
  for (std::size_t i = 0; catalog && i < catalog->lines.size(); ++i) {
    const auto member = recording::member_of(recording, *catalog, i);
    fuzz::require(!member || member->offset + member->size < data.size());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text({data, size});
  texts(text);
  request(text);
  by_index({data, size});
  fuzz::errors_only([&] {
    fuzz::Memory recording{{data, size}};
    static_cast<void>(invigil::verify(recording, {.newest_checkpoint = std::string{text}}));
  });
  return 0;
}
