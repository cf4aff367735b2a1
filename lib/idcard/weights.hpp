// The net's weights (an ONNX file), built into the library by cmake/embed.cmake.
#pragma once

#include <cstddef>

namespace invigil::idcard {

extern const unsigned char weights[];
extern const std::size_t weights_size;

}  // namespace invigil::idcard
