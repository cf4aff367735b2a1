// One picture for each moment that a reviewer should see.
#pragma once

#include <invigil/frame.hpp>
#include <invigil/stream.hpp>

#include <cstddef>
#include <vector>

namespace invigil::review {

/// A JPEG of at most `width` pixels across. Smaller pictures keep their size.
[[nodiscard]] std::vector<std::byte> jpeg(const Image& image, int width);

/// For each time the last picture at or before it (or the first one at all), read in one pass; empty for
/// times that the pictures do not reach. Stops reading once all are there.
[[nodiscard]] std::vector<std::vector<std::byte>> stills(Source<Frame>& pictures,
                                                         const std::vector<Timestamp>& times, int width);

}  // namespace invigil::review
