// The nets' weights (ONNX files), built into the library by cmake/embed.cmake.
#pragma once

#include <cstddef>

namespace invigil::idcard {

extern const unsigned char weights[];  ///< idcard.onnx: finds documents.
extern const std::size_t weights_size;
extern const unsigned char glyph_weights[];  ///< glyphs.onnx: reads characters.
extern const std::size_t glyph_weights_size;

}  // namespace invigil::idcard
