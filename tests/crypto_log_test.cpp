// The Merkle tree against published vectors; signed notes and verifier keys.
#include "crypto/encoding.hpp"
#include "crypto/merkle.hpp"
#include "crypto/note.hpp"
#include "memory.hpp"
#include "support.hpp"

#include <nlohmann/json.hpp>

using namespace invigil;
using namespace invigil::test;
using namespace invigil::crypto;
using Json = nlohmann::json;

namespace {

/// Some vectors hold nothing or a text in place of a hash: `salt` keeps two such from being equal.
Digest digest_of(const std::string& text, std::string_view salt = "hash") {
  const auto bytes = parse_base64(text);
  REQUIRE(bytes);
  Digest digest = hmac(as_bytes(salt), *bytes);
  if (bytes->size() == digest.size()) std::copy(bytes->begin(), bytes->end(), digest.begin());
  return digest;
}
std::vector<Digest> proof_of(const Json& proof) {
  std::vector<Digest> digests;
  if (proof.is_array())
    for (const auto& p : proof) digests.push_back(digest_of(p.get<std::string>()));
  return digests;
}

template <class Check>
int for_each_vector(const std::filesystem::path& folder, Check&& check) {
  int ran = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    CAPTURE(entry.path().string());
    const Json vector = Json::parse(to_text(read_file(entry.path())));
    CHECK(check(vector) == !vector.at("wantErr").get<bool>());
    ++ran;
  }
  return ran;
}

std::vector<Digest> some_leaves(std::size_t n) {
  std::vector<Digest> leaves;
  for (std::size_t i = 0; i < n; ++i) leaves.push_back(leaf_hash(as_bytes(std::to_string(i))));
  return leaves;
}

}  // namespace

TEST_CASE("Merkle tree: published inclusion and consistency vectors") {
  const auto folder = test_vectors("Merkle vectors");
  if (!folder) return;
  CHECK(for_each_vector(*folder / "merkle/inclusion", [](const Json& v) {
          return verify_inclusion(digest_of(v.at("leafHash"), "leaf"), v.at("leafIdx"), v.at("treeSize"),
                                  proof_of(v.at("proof")), digest_of(v.at("root")));
        }) > 50);
  CHECK(for_each_vector(*folder / "merkle/consistency", [](const Json& v) {
          return verify_consistency(v.at("size1"), digest_of(v.at("root1")), v.at("size2"),
                                    digest_of(v.at("root2")), proof_of(v.at("proof")));
        }) > 50);
  CHECK(for_each_vector(*folder / "merkle/subtreeinclusion", [](const Json& v) {
          return verify_subtree_inclusion(digest_of(v.at("leafHash"), "leaf"), v.at("leafIdx"), v.at("start"),
                                          v.at("end"), proof_of(v.at("proof")), digest_of(v.at("root")));
        }) > 100);
  CHECK(for_each_vector(*folder / "merkle/subtreeconsistency", [](const Json& v) {
          return verify_subtree_consistency(v.at("start"), v.at("end"), digest_of(v.at("root1")),
                                            v.at("size"), digest_of(v.at("root2")), proof_of(v.at("proof")));
        }) > 100);
}

TEST_CASE("Merkle tree: every proof of every small tree holds, and of no other leaf") {
  CHECK(hex(merkle_root({})) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const auto leaves = some_leaves(20);
  for (std::size_t size = 1; size <= leaves.size(); ++size) {
    const auto tree = std::span{leaves}.first(size);
    const Digest root = merkle_root(tree);
    for (std::size_t i = 0; i < size; ++i) {
      const auto proof = inclusion_proof(tree, i);
      CHECK(verify_inclusion(leaves[i], i, size, proof, root));
      CHECK_FALSE(verify_inclusion(leaves[(i + 1) % 20], i, size, proof, root));
    }
    for (std::size_t first = 1; first <= size; ++first) {
      const auto proof = consistency_proof(tree, first);
      CHECK(verify_consistency(first, merkle_root(tree.first(first)), size, root, proof));
      if (first < size)
        CHECK_FALSE(
            verify_consistency(first, leaves[0], size, root, std::span{proof}.first(proof.size() - 1)));
    }
  }
}

TEST_CASE("signed notes: what is signed verifies, no byte can be changed, text is canonical") {
  const auto key = SigningKey::generate();
  const VerifierKey verifier{"invigil/00ff", key.public_key()};
  const auto leaves = some_leaves(3);
  const std::string note = sign_checkpoint({verifier.name, 3, merkle_root(leaves)}, key);
  const auto parsed = parse_checkpoint(note);
  REQUIRE(parsed);
  CHECK(parsed->checkpoint.size == 3);
  CHECK(parsed->signed_by(verifier));
  CHECK_FALSE(parsed->signed_by({verifier.name, SigningKey::generate().public_key()}));
  CHECK_FALSE(parsed->signed_by({"another", key.public_key()}));
  for (std::size_t i = 0; i < note.size(); ++i)
    for (const char change : {char(1), char(0x20), char(0x80)}) {
      std::string changed = note;
      changed[i] = static_cast<char>(changed[i] ^ change);
      const auto result = parse_checkpoint(changed);
      CHECK_FALSE((result && result->signed_by(verifier)));
    }
  for (std::size_t i = 0; i < note.size(); ++i) CHECK_FALSE(parse_checkpoint(note.substr(0, i)));
  CHECK_FALSE(parse_checkpoint(note + "\n"));
}

TEST_CASE("verifier keys: the example of the C2SP specification, and strictness") {
  const std::string example = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
  const auto key = VerifierKey::parse(example);
  REQUIRE(key);
  CHECK(key->name == "PeterNeumann");
  CHECK(key->to_string() == example);
  for (const std::string bad :
       {"", "a", "a+b", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeumann+c74f20a3+AhpC"})
    CHECK_FALSE(VerifierKey::parse(bad));
}
