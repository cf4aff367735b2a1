#include "crypto/merkle.hpp"

#include <bit>

namespace invigil::crypto {

namespace {

/// The largest power of two below n; n >= 2.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

void append_inclusion(std::span<const Digest> leaves, std::uint64_t index, std::vector<Digest>& proof) {
  if (leaves.size() <= 1) return;
  const auto k = split(leaves.size());
  const auto left = leaves.first(k), right = leaves.subspan(k);
  append_inclusion(index < k ? left : right, index < k ? index : index - k, proof);
  proof.push_back(merkle_root(index < k ? right : left));
}

/// RFC 6962, 2.1.2: SUBPROOF(m, D[n], known).
void append_consistency(std::span<const Digest> leaves, std::uint64_t m, bool known,
                        std::vector<Digest>& proof) {
  if (m == leaves.size()) {
    if (!known) proof.push_back(merkle_root(leaves));
    return;
  }
  const auto k = split(leaves.size());
  const auto left = leaves.first(k), right = leaves.subspan(k);
  if (m <= k) {
    append_consistency(left, m, known, proof);
    proof.push_back(merkle_root(right));
  } else {
    append_consistency(right, m - k, false, proof);
    proof.push_back(merkle_root(left));
  }
}

}  // namespace

Digest leaf_hash(ByteView entry) {
  Sha256 hash;
  hash.update(std::array{std::byte{0}});
  hash.update(entry);
  return hash.finish();
}

Digest node_hash(const Digest& left, const Digest& right) {
  std::array<std::byte, 65> data;
  data[0] = std::byte{1};
  std::copy(left.begin(), left.end(), data.begin() + 1);
  std::copy(right.begin(), right.end(), data.begin() + 33);
  return sha256(data);
}

void MerkleTree::add(const Digest& leaf) {
  Digest hash = leaf;
  // Every trailing one-bit of the old size is a complete subtree that the new leaf completes further.
  for (std::uint64_t n = size_; n & 1U; n >>= 1) {
    hash = node_hash(peaks_.back(), hash);
    peaks_.pop_back();
  }
  peaks_.push_back(hash);
  ++size_;
}

Digest MerkleTree::root() const {
  if (peaks_.empty()) return sha256({});
  Digest hash = peaks_.back();
  for (auto peak = peaks_.rbegin() + 1; peak != peaks_.rend(); ++peak) hash = node_hash(*peak, hash);
  return hash;
}

Digest merkle_root(std::span<const Digest> leaves) {
  MerkleTree tree;
  for (const Digest& leaf : leaves) tree.add(leaf);
  return tree.root();
}

std::vector<Digest> inclusion_proof(std::span<const Digest> leaves, std::uint64_t index) {
  std::vector<Digest> proof;
  append_inclusion(leaves, index, proof);
  return proof;
}

std::vector<Digest> consistency_proof(std::span<const Digest> leaves, std::uint64_t size) {
  std::vector<Digest> proof;
  if (size > 0) append_consistency(leaves, size, true, proof);
  return proof;
}

bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Digest> proof, const Digest& root) {
  if (index >= size) return false;
  std::uint64_t fn = index, sn = size - 1;
  Digest hash = leaf;
  for (const Digest& p : proof) {
    if (sn == 0) return false;
    if ((fn & 1U) || fn == sn) {
      hash = node_hash(p, hash);
      for (; fn != 0 && !(fn & 1U); fn >>= 1) sn >>= 1;
    } else {
      hash = node_hash(hash, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && hash == root;
}

bool verify_consistency(std::uint64_t size1, const Digest& root1, std::uint64_t size2, const Digest& root2,
                        std::span<const Digest> proof) {
  if (size1 == 0 || size1 > size2) return false;  // of nothing, everything is the continuation
  if (size1 == size2) return proof.empty() && root1 == root2;
  if (proof.empty()) return false;
  std::uint64_t fn = size1 - 1, sn = size2 - 1;
  for (; fn & 1U; fn >>= 1) sn >>= 1;
  // A complete first tree is its own first proof node.
  const bool complete = std::has_single_bit(size1);
  const Digest& seed = complete ? root1 : proof.front();
  if (!complete) proof = proof.subspan(1);
  Digest first = seed, second = seed;
  for (const Digest& p : proof) {
    if (sn == 0) return false;
    if ((fn & 1U) || fn == sn) {
      first = node_hash(p, first);
      second = node_hash(p, second);
      for (; fn != 0 && !(fn & 1U); fn >>= 1) sn >>= 1;
    } else {
      second = node_hash(second, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && first == root1 && second == root2;
}

namespace {

bool is_subtree(std::uint64_t start, std::uint64_t end) {
  if (start >= end || end - start > std::uint64_t{1} << 63) return false;
  return start % std::bit_ceil(end - start) == 0;
}

}  // namespace

bool verify_subtree_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t start, std::uint64_t end,
                              std::span<const Digest> proof, const Digest& root) {
  if (!is_subtree(start, end) || index < start || index >= end) return false;
  return verify_inclusion(leaf, index - start, end - start, proof, root);
}

bool verify_subtree_consistency(std::uint64_t start, std::uint64_t end, const Digest& subtree_root,
                                std::uint64_t size, const Digest& root, std::span<const Digest> proof) {
  if (end > size) return false;
  if (start == end) return proof.empty() && subtree_root == sha256({});
  if (!is_subtree(start, end)) return false;
  std::uint64_t fn = start, sn = end - 1, tn = size - 1;
  const auto up = [&] {
    fn >>= 1;
    sn >>= 1;
    tn >>= 1;
  };
  if (sn == tn) {
    while (fn != sn) up();
  } else {
    while (fn != sn && (sn & 1U)) up();
  }
  if (fn != sn && proof.empty()) return false;
  const Digest& seed = fn == sn ? subtree_root : proof.front();
  if (fn != sn) proof = proof.subspan(1);
  Digest first = seed, second = seed;  // the roots of the subtree and of the tree, as far as they are known
  for (const Digest& p : proof) {
    if (tn == 0) return false;
    if ((sn & 1U) || sn == tn) {
      if (fn < sn) first = node_hash(p, first);
      second = node_hash(p, second);
      while (!(sn & 1U) && sn != 0) up();
    } else {
      second = node_hash(second, p);
    }
    up();
  }
  return tn == 0 && first == subtree_root && second == root;
}

}  // namespace invigil::crypto
