// How much of a picture redaction has covered, told from the picture itself.
#pragma once

#include <invigil/image.hpp>
#include <invigil/observation.hpp>

namespace invigil::vision {

/// In [0, 1]. Looks at pixels, so that a recording that is scored again gives what it gave while it was made:
/// a block of 8 x 8 counts when all its samples lie within 2 of the colour of concealment (encoders move it
/// by 1).
[[nodiscard]] double concealed_share(const Image& image);
/// The same of a part of the picture.
[[nodiscard]] double concealed_share(const Image& image, const Box& part);

/// Whether concealment surrounds a face: then it is the portrait of a document, which redaction shows through
/// a window. Looks from the box's middle in eight directions, three times its size far; of those that stay in
/// the picture all but one must meet concealment, and four at least. Told from pixels for the same reason.
[[nodiscard]] bool is_portrait_in_document(const Image& image, float x, float y, float width, float height);

}  // namespace invigil::vision
