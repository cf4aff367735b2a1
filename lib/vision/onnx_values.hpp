// The constants of an ONNX graph.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace onnx {
class GraphProto;
class TensorProto;
}  // namespace onnx

namespace invigil::vision {

/// Its only float; nothing when it has others, or more.
[[nodiscard]] std::optional<float> scalar_of(const onnx::TensorProto& tensor);

/// Every single float that is an initializer or a Constant node, by name.
[[nodiscard]] std::map<std::string, float> scalars_of(const onnx::GraphProto& graph);

/// Every tensor that is an initializer or a Constant node, by name; they live as long as the graph's.
[[nodiscard]] std::map<std::string, const onnx::TensorProto*> tensors_of(const onnx::GraphProto& graph);

/// Its 64-bit integers; empty when it has others.
[[nodiscard]] std::vector<std::int64_t> integers_of(const onnx::TensorProto& tensor);

}  // namespace invigil::vision
