// Entries, notes, checkpoints, indexes and notes of changes. What is accepted is exactly what would be
// written.
#include "crypto/note.hpp"
#include "fuzz.hpp"
#include "recording/change.hpp"
#include "recording/entry.hpp"

namespace {

using namespace invigil;
using namespace invigil::recording;

void note(std::string_view text) {
  const Note parsed = parse_note(text);
  if (!parsed.canonical) return;
  fuzz::require(parsed.entry && parsed.checkpoint);
  fuzz::require(note_text(*parsed.entry, parsed.signer, parsed.checkpoint->to_string()) == text);
}

void change(std::string_view text) {
  const auto parsed = Change::parse(text);
  if (!parsed) return;
  fuzz::require(parsed->text() == text && parsed->count() > 0);
  const std::vector<Change> one{*parsed};
  const auto named = named_by(one, parsed->kind, 1000);
  for (const auto& [first, last] : parsed->members)
    if (last < named.size()) fuzz::require(named[first] && named[last]);
  check_why(parsed->why);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text({data, size});
  if (const auto entry = Entry::parse(text)) fuzz::require(entry->text() == text);
  if (const auto index = Index::parse(text)) fuzz::require(index->text() == text);
  if (const auto head = crypto::parse_checkpoint(text)) fuzz::require(head->to_string() == text);
  if (const auto key = crypto::VerifierKey::parse(text)) fuzz::require(key->to_string() == text);
  note(text);
  change(text);
  return 0;
}
