// Merkle trees as in RFC 6962, section 2.1: one root commits to every leaf and to their order.
#pragma once

#include "crypto/primitives.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace invigil::crypto {

/// SHA-256(0x00 || entry). The prefixes keep a leaf from being passed off as a node.
[[nodiscard]] Digest leaf_hash(ByteView entry);
/// SHA-256(0x01 || left || right).
[[nodiscard]] Digest node_hash(const Digest& left, const Digest& right);

/// A tree that only grows: keeps one hash per complete subtree, so adding a leaf is cheap.
class MerkleTree {
 public:
  void add(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Of no leaves: the hash of nothing.
  [[nodiscard]] Digest root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> peaks_;  // of complete subtrees, largest first
};

[[nodiscard]] Digest merkle_root(std::span<const Digest> leaves);
/// The audit path of leaf `index`; `index` < leaves.size().
[[nodiscard]] std::vector<Digest> inclusion_proof(std::span<const Digest> leaves, std::uint64_t index);
/// That the first `size` leaves are the beginning of all; `size` <= leaves.size().
[[nodiscard]] std::vector<Digest> consistency_proof(std::span<const Digest> leaves, std::uint64_t size);

/// As RFC 9162, 2.1.3.2 and 2.1.4.2. False for any sizes, of trees or proofs, that cannot be.
[[nodiscard]] bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                                    std::span<const Digest> proof, const Digest& root);
[[nodiscard]] bool verify_consistency(std::uint64_t size1, const Digest& root1, std::uint64_t size2,
                                      const Digest& root2, std::span<const Digest> proof);

/// Of the leaves from `start` to before `end`, where these are one node of every larger tree or its
/// beginning: `end` > `start`, and `start` a multiple of the smallest power of two >= `end` - `start`. As
/// draft-ietf-plants-merkle-tree-certs, section 4. An empty subtree (`start` == `end`) fits every tree, with
/// an empty proof and the hash of nothing as its root.
[[nodiscard]] bool verify_subtree_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t start,
                                            std::uint64_t end, std::span<const Digest> proof,
                                            const Digest& root);
[[nodiscard]] bool verify_subtree_consistency(std::uint64_t start, std::uint64_t end,
                                              const Digest& subtree_root, std::uint64_t size,
                                              const Digest& root, std::span<const Digest> proof);

}  // namespace invigil::crypto
