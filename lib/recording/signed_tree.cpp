#include "recording/signed_tree.hpp"

#include "crypto/merkle.hpp"
#include "recording/catalog.hpp"
#include "recording/scan.hpp"
#include "recording/slice.hpp"
#include "recording/ustar.hpp"

#include <invigil/error.hpp>

namespace invigil::recording {

namespace {

std::uint64_t behind(std::uint64_t offset, std::uint64_t size) {
  return offset + block_size + size + padding_after(size);
}

SignedTree from(const Catalog& catalog) {
  SignedTree tree{{}, {}, catalog.verifier, catalog.head};
  for (const IndexLine& line : catalog.lines) {
    tree.leaves.push_back(line.leaf);
    tree.notes.push_back(behind(line.offset, line.size));
  }
  return tree;
}

SignedTree from(const Scan& scan, const std::string& name) {
  if (!scan.verifier || !scan.head)
    throw Error(Errc::tampered, name,
                "holds no checkpoint that fits what it holds; nothing can be proved of it");
  SignedTree tree{{}, {}, *scan.verifier, *scan.head};
  for (std::uint64_t i = 0; i < scan.head->checkpoint.size; ++i) {
    const Member& member = scan.members[i];
    tree.leaves.push_back(*member.leaf);
    tree.notes.push_back(member.folder == 0 ? 0 : behind(member.offset, member.size));
  }
  return tree;
}

}  // namespace

SignedTree signed_tree(ByteSource& recording) {
  if (!recording.size())
    throw Error(Errc::unsupported, recording.name(), "cannot be read at any place; write it to a file first");
  if (const auto catalog = read_catalog(recording)) return from(*catalog);
  recording.seek(0);
  return from(scan(recording, std::nullopt), recording.name());
}

std::optional<Entry> entry_in(ByteSource& recording, const SignedTree& tree, std::uint64_t member) {
  Block block;
  if (!read_at(recording, tree.notes.at(member), block)) return std::nullopt;
  const auto header = parse_ustar(block);
  if (!header || header->name != member_name('j', member) || header->size > max_note_size)
    return std::nullopt;
  std::string text(header->size, '\0');
  if (!read_at(recording, tree.notes[member] + block_size, std::as_writable_bytes(std::span{text})))
    return std::nullopt;
  const auto entry = parse_note(text).entry;
  if (!entry || crypto::leaf_hash(crypto::as_bytes(entry->text())) != tree.leaves[member])
    return std::nullopt;
  return entry;
}

}  // namespace invigil::recording
