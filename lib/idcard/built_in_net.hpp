// Nets whose weights are part of the library.
#pragma once

#include <cstddef>

#include <opencv2/dnn.hpp>

namespace invigil::idcard {

/// Loads an ONNX file from memory for the CPU. Throws `Error{model}` with `name` when OpenCV cannot.
[[nodiscard]] cv::dnn::Net built_in_net(const unsigned char* onnx, std::size_t size, const char* name);

}  // namespace invigil::idcard
