// How much of a picture redaction has covered, told from the picture itself.
#pragma once

#include <invigil/image.hpp>

namespace invigil::vision {

/// In [0, 1]. Looks at pixels, so that a recording that is scored again gives what it gave while it was made:
/// a block of 8 x 8 counts when all its samples lie within 2 of the colour of concealment (encoders move it
/// by 1).
[[nodiscard]] double concealed_share(const Image& image);

}  // namespace invigil::vision
