// Models in a form that OpenCV 4.6 loads.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace invigil::vision {

/// The same net with the bounds of every Clip as attributes, as before opset 11: OpenCV 4.6 does not know
/// them as inputs. Throws `Error{model}` naming `model` when the bytes are no ONNX file.
[[nodiscard]] std::vector<unsigned char> with_clip_attributes(std::span<const std::byte> onnx,
                                                              const std::string& model);

}  // namespace invigil::vision
