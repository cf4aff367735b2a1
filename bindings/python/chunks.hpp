// The chunks of a page's recording as Python has them.
#pragma once

#include "owned.hpp"

#include <invigil/chunks.hpp>
#include <invigil/media.hpp>

#include <memory>

namespace binding {

struct BoundChunks {
  explicit BoundChunks(invigil::ChunkOptions options)
      : chunks(std::move(options)),
        flags(std::make_shared<Owned<invigil::Source<invigil::Flag>>>(chunks.flags())) {}
  invigil::Chunks chunks;
  std::shared_ptr<Owned<invigil::Source<invigil::Flag>>> flags;
};

/// With the GIL, which it releases while it waits for the header. Ctrl-C ends the chunks.
[[nodiscard]] std::unique_ptr<invigil::MediaFile> open_chunks(BoundChunks& chunks,
                                                              invigil::MediaOptions options);

}  // namespace binding
