// Puts our own layers into a net where OpenCV's are slow.
#pragma once

namespace onnx {
class GraphProto;
}

namespace invigil::vision {

/// Replaces, where nothing else takes what lies between, and leaves every output as it was but for rounding:
/// - x clip(x + 3, 0, 6) / 6 in four nodes by one hard-swish;
/// - Reshape, Transpose, Reshape that together deal channels in turn by one shuffle;
/// - convolutions of 5x5 by channel, at every pixel.
/// The bounds of a Clip must be attributes already (plain_onnx.hpp). See fast_layers.hpp.
void use_fast_layers(onnx::GraphProto& graph);

}  // namespace invigil::vision
