// The container: tar headers, entries, notes, indexes, member names, and a whole recording.
#include "fuzz.hpp"
#include "recording/entry.hpp"
#include "recording/ustar.hpp"

#include <invigil/playback.hpp>

#include <algorithm>

namespace {

using namespace invigil::recording;

/// A header is canonical exactly when the writer would write it so.
void tar_header(std::span<const std::uint8_t> data) {
  if (data.size() < block_size) return;
  Block block;
  std::transform(data.begin(), data.begin() + block_size, block.begin(),
                 [](auto byte) { return std::byte{byte}; });
  const auto header = parse_ustar(block);
  if (header && header->canonical) fuzz::require(ustar_header(header->name, header->size) == block);
}

/// What is accepted is exactly what would be written.
void clear_text(std::string_view text) {
  if (const auto entry = Entry::parse(text)) fuzz::require(entry->text() == text);
  if (const auto index = Index::parse(text)) fuzz::require(index->text() == text);
  if (const auto name = parse_member_name(text))
    fuzz::require(text.starts_with(member_name(name->folder, name->index).substr(0, 8)));
  static_cast<void>(parse_note(text));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tar_header({data, size});
  clear_text(fuzz::text({data, size}));
  fuzz::errors_only([&] {
    fuzz::Memory recording{{data, size}};
    const auto found = invigil::verify(recording);
    fuzz::require(found.state != invigil::RecordingState::whole || found.segments > 0 ||
                  size >= 2 * block_size);
  });
  return 0;
}
