// Proofs about a recording: they hold for what is in it, for nothing else, and only under its signer's key.
#include "crypto/cosignature.hpp"
#include "crypto/note.hpp"
#include "memory.hpp"
#include "recording/archive.hpp"
#include "recording/ustar.hpp"
#include "support.hpp"

#include <invigil/proof.hpp>

#include <fmt/format.h>

using namespace invigil;
using namespace invigil::test;
using namespace invigil::recording;
using namespace std::chrono_literals;

namespace {

struct Made {
  Bytes bytes;
  std::string signer;
};
Made make(bool close, int segments = 5) {
  static const Identity identity = Identity::generate();
  const auto out = std::make_shared<Bytes>();
  ArchiveWriter writer{std::make_unique<MemorySink>(out), {identity.recipient()}};
  writer.add(MemberKind::init, to_bytes("i"), {}, {}, false);
  for (int i = 0; i < segments; ++i)
    writer.add(MemberKind::media, to_bytes(std::string(static_cast<std::size_t>(i), 's')), Timestamp{i * 1s},
               1s, true);
  if (close) writer.close();
  return {*out, writer.signer()};
}

/// The content of a tar member.
Bytes member(const Bytes& archive, const std::string& name) {
  for (std::size_t offset = 0; offset + block_size <= archive.size();) {
    Block block;
    std::copy_n(archive.begin() + static_cast<std::ptrdiff_t>(offset), block_size, block.begin());
    const auto header = parse_ustar(block);
    REQUIRE(header);
    const auto begin = archive.begin() + static_cast<std::ptrdiff_t>(offset + block_size);
    if (header->name == name) return {begin, begin + static_cast<std::ptrdiff_t>(header->size)};
    offset += block_size + header->size + padding_after(header->size);
  }
  FAIL("no such member");
  return {};
}

template <class Proof>
void holds_for_no_other_text(const Proof& proof, const std::string& signer, auto&& check) {
  const std::string text = proof.to_string();
  for (std::size_t i = 0; i < text.size(); ++i)
    for (const char change : {char(1), char(0x20), char(0x80)}) {
      std::string changed = text;
      changed[i] = static_cast<char>(changed[i] ^ change);
      bool held = false;
      const auto error = thrown_by([&] { held = check(Proof::parse(changed), signer); });
      CHECK((error ? *error == Errc::bad_header : !held));
    }
  for (std::size_t i = 0; i < text.size(); ++i)
    CHECK(thrown_by([&] { (void)Proof::parse(text.substr(0, i)); }) == Errc::bad_header);
  CHECK(thrown_by([&] { (void)Proof::parse(text + "\n"); }) == Errc::bad_header);
}

}  // namespace

TEST_CASE("proofs: every member of a recording can be shown to be part of it, with nothing but its proof") {
  for (const bool close : {true, false}) {
    const Made made = make(close);
    MemorySource source{made.bytes};
    const std::uint64_t count = close ? 8 : 6;
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto proof = prove_inclusion(source, i);
      CHECK(proof.to_string().starts_with("c2sp.org/tlog-proof@v1\nextra "));
      const auto again = InclusionProof::parse(proof.to_string());
      CHECK(verify(again, made.signer));
      CHECK_FALSE(verify(again, make(true).signer));
      auto other = again;
      other.index ^= 1;
      CHECK_FALSE(verify(other, made.signer));
      const std::string name = fmt::format("{}/{:06}.age", i == 0 || i == 6 ? 'i' : i == 7 ? 'm' : 's', i);
      MemorySource file{member(made.bytes, name), true, 100};
      CHECK(is_about(again, file));
      MemorySource wrong{member(made.bytes, i == 1 ? "s/000002.age" : "s/000001.age")};
      CHECK_FALSE(is_about(again, wrong));
    }
    CHECK(thrown_by([&] { (void)prove_inclusion(source, count); }) == Errc::argument);
  }
}

TEST_CASE("proofs: a recording is shown to continue each of its earlier checkpoints") {
  const Made made = make(true);
  MemorySource source{made.bytes};
  for (std::uint64_t n = 0; n < 8; ++n) {
    const auto note = to_text(member(made.bytes, fmt::format("j/{:06}.note", n)));
    const auto old = note.substr(note.find("\n\n") + 2);
    const auto proof = ConsistencyProof::parse(prove_consistency(source, n + 1).to_string());
    CHECK(verify(proof, old, made.signer));
    CHECK_FALSE(verify(proof, old, make(true).signer));
    auto other = proof;
    other.old_size ^= 1;
    CHECK_FALSE(verify(other, old, made.signer));
    CHECK_FALSE(verify(proof, "nonsense", made.signer));
  }
  CHECK(prove_consistency(source, 0).hashes.empty());
  CHECK(thrown_by([&] { (void)prove_consistency(source, 9); }) == Errc::argument);
}

TEST_CASE("proofs: no changed text holds") {
  const Made made = make(true);
  MemorySource source{made.bytes};
  holds_for_no_other_text(prove_inclusion(source, 3), made.signer,
                          [](const InclusionProof& p, const std::string& s) { return verify(p, s); });
  const auto note = to_text(member(made.bytes, "j/000002.note"));
  const auto old = note.substr(note.find("\n\n") + 2);
  holds_for_no_other_text(prove_consistency(source, 3), made.signer,
                          [&](const ConsistencyProof& p, const std::string& s) { return verify(p, old, s); });
}

TEST_CASE("proofs: about what is damaged, unfinished or no recording") {
  const Made made = make(true);
  Bytes bytes = made.bytes;
  const auto note = member(bytes, "j/000002.note");
  const auto place = std::search(bytes.begin(), bytes.end(), note.begin(), note.end());
  *place = std::byte{'x'};
  MemorySource damaged{bytes};
  CHECK(verify(prove_inclusion(damaged, 1), made.signer));
  CHECK(thrown_by([&] { (void)prove_inclusion(damaged, 2); }) == Errc::tampered);
  MemorySource cut{Bytes(made.bytes.begin(), made.bytes.begin() + 5000)};
  CHECK(verify(prove_inclusion(cut, 0), made.signer));
  CHECK(newest_checkpoint(cut) == prove_consistency(cut, 0).checkpoint);
  MemorySource headless{Bytes(made.bytes.begin(), made.bytes.begin() + 1024)};
  CHECK(thrown_by([&] { (void)newest_checkpoint(headless); }) == Errc::tampered);
  MemorySource text{to_bytes("hello")}, pipe{made.bytes, false};
  CHECK(thrown_by([&] { (void)newest_checkpoint(text); }) == Errc::bad_header);
  CHECK(thrown_by([&] { (void)newest_checkpoint(pipe); }) == Errc::unsupported);
  CHECK(thrown_by([&] { (void)verify(prove_inclusion(cut, 0), "nonsense"); }) == Errc::argument);
}

TEST_CASE("cosignatures: the key and the message of the C2SP specification, both directions, strictness") {
  const auto secret = crypto::SigningKey::generate();
  const crypto::VerifierKey key{"witness.example/w1", secret.public_key(), crypto::KeyType::cosignature};
  const crypto::Checkpoint head{"example.com/behind-the-sofa", 20852163, {}};
  CHECK(crypto::cosigned_message(head, 1679315147) ==
        "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
  const auto made = crypto::cosign(head, key, secret, 1679315147);
  const auto line = made.line(key.name).line();
  const auto parsed = crypto::NoteSignature::parse(line);
  REQUIRE(parsed);
  const auto again = crypto::Cosignature::from(*parsed);
  REQUIRE(again);
  CHECK(again->time == 1679315147);
  CHECK(again->holds(key, head));
  CHECK_FALSE(again->holds({key.name, key.key}, head));  // the same key as a log's
  auto later = *again;
  ++later.time;
  CHECK_FALSE(later.holds(key, head));
  auto other = head;
  ++other.size;
  CHECK_FALSE(again->holds(key, other));
  // The example in the specification: its line parses to its time.
  const auto example = crypto::NoteSignature::parse(
      "\xe2\x80\x94 witness.example.com/w1 "
      "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyi"
      "n1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n");
  REQUIRE(example);
  CHECK(crypto::Cosignature::from(*example)->time == 1679315147);

  const auto vkey = key.to_string();
  CHECK(crypto::VerifierKey::parse(vkey, crypto::KeyType::cosignature) == key);
  CHECK_FALSE(crypto::VerifierKey::parse(vkey));
  for (std::size_t i = 0; i < line.size(); ++i) CHECK_FALSE(crypto::NoteSignature::parse(line.substr(0, i)));
  auto shorter = *parsed;
  shorter.signature.pop_back();
  CHECK_FALSE(crypto::Cosignature::from(shorter));
  auto eternal = *parsed;
  eternal.signature[0] = std::byte{0x80};
  CHECK_FALSE(crypto::Cosignature::from(eternal));

  crypto::CheckpointNote note{head, {*parsed, *parsed}};
  REQUIRE(crypto::CheckpointNote::parse(note.to_string()));
  note.signatures.clear();
  CHECK_FALSE(crypto::CheckpointNote::parse(note.to_string()));
  note.signatures.assign(65, *parsed);
  CHECK_FALSE(crypto::CheckpointNote::parse(note.to_string()));
}
