// Layers that OpenCV 4.6's dnn has, but slowly.
#pragma once

namespace invigil::vision {

/// What ONNX nodes are called that these layers run; `faster` (faster_onnx.hpp) puts them into a graph.
inline constexpr const char* hard_swish_layer = "InvigilHardSwish";
inline constexpr const char* channel_shuffle_layer = "InvigilChannelShuffle";  ///< Attribute: group.
inline constexpr const char* depthwise_layer = "InvigilDepthwise5x5";  ///< Inputs: picture, weights, bias.

/// Makes OpenCV know them, once; from then on nets with them can be loaded.
///
/// PicoDet by OpenCV's own layers took 62.7 ms a pass on one core, and 32.1 with these: 13 less by shuffles
/// of channels (there a generic permutation), 8 by hard-swish (there four layers that are not fused with the
/// convolution before), 10 by depthwise convolutions of 5x5 (for which OpenCV copies every window).
void register_fast_layers();

}  // namespace invigil::vision
