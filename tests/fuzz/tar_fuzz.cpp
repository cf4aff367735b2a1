// Tar headers and member names.
#include "fuzz.hpp"
#include "recording/change.hpp"
#include "recording/entry.hpp"
#include "recording/ustar.hpp"

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

/// What is accepted is exactly what would be written, and never leads out of the archive.
void name(std::string_view text) {
  const auto parsed = parse_member_name(text);
  if (!parsed) return;
  fuzz::require(text ==
                (parsed->change ? change_name(parsed->index) : member_name(parsed->folder, parsed->index)));
  fuzz::require(text.find("..") == text.npos && text.front() != '/');
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tar_header({data, size});
  name(fuzz::text({data, size}));
  return 0;
}
