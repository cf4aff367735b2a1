// Models in a form that OpenCV 4.6 loads.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <opencv2/dnn/dnn.hpp>

namespace invigil::vision {

/// Whose layers run a net.
enum class Layers {
  opencv,  ///< OpenCV's alone.
  fast,    ///< Ours where they are faster (fast_layers.hpp).
};

/// The same net in the words that OpenCV 4.6 knows. Each change keeps every output as it was:
/// - the bounds of a Clip become attributes, as before opset 11;
/// - a PRelu's slopes, [1, C, 1, 1] and expanded to the picture's size, become [C, 1, 1];
/// - a constant that is made from a shape becomes its values;
/// - with `Layers::fast`, some layers become ours, equal but for rounding (faster_onnx.hpp).
/// Throws `Error{model}` naming `model` when the bytes are no ONNX file.
[[nodiscard]] std::vector<unsigned char> plain_onnx(std::span<const std::byte> onnx, const std::string& model,
                                                    Layers layers = Layers::fast);

/// Loads a model by OpenCV's dnn after `plain_onnx`. Throws `Error{model}`.
[[nodiscard]] cv::dnn::Net load_net(std::span<const std::byte> onnx, const std::string& model,
                                    Layers layers = Layers::fast);

struct NetOutput {
  std::string name;
  std::size_t values = 0;
};

/// One forward pass. The outputs are floats that lie side by side, as many as `values` says. Throws
/// `Error{model}` when the net does not run or is another.
[[nodiscard]] std::vector<cv::Mat> run_net(cv::dnn::Net& net, const cv::Mat& input,
                                           std::span<const NetOutput> outputs, const std::string& model);

}  // namespace invigil::vision
