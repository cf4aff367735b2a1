// The weights of an ONNX file, by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace invigil::vision {

/// One tensor of 32-bit floats.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};

class OnnxTensors {
 public:
  /// Reads every float initializer. Throws `Error{model}` naming `model` when the bytes are no ONNX file, or
  /// when a tensor's size is not its shape's.
  OnnxTensors(std::span<const std::byte> onnx, std::string model);
  /// Throws `Error{model}` when it is absent or of another shape.
  [[nodiscard]] std::span<const float> get(const std::string& name,
                                           const std::vector<std::int64_t>& shape) const;

 private:
  std::string model_;
  std::map<std::string, Tensor, std::less<>> tensors_;
};

}  // namespace invigil::vision
