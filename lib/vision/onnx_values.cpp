#include "vision/onnx_values.hpp"

#include <cstring>

#include <onnx/onnx_pb.h>

namespace invigil::vision {

std::optional<float> scalar_of(const onnx::TensorProto& t) {
  if (t.data_type() != onnx::TensorProto::FLOAT) return std::nullopt;
  if (t.float_data_size() == 1) return t.float_data(0);
  if (t.raw_data().size() != sizeof(float)) return std::nullopt;
  float value = 0;
  std::memcpy(&value, t.raw_data().data(), sizeof value);
  return value;
}

std::map<std::string, const onnx::TensorProto*> tensors_of(const onnx::GraphProto& graph) {
  std::map<std::string, const onnx::TensorProto*> result;
  for (const auto& t : graph.initializer()) result[t.name()] = &t;
  for (const auto& node : graph.node())
    if (node.op_type() == "Constant" && node.attribute_size() == 1 && node.output_size() == 1 &&
        node.attribute(0).has_t())
      result[node.output(0)] = &node.attribute(0).t();
  return result;
}

std::map<std::string, float> scalars_of(const onnx::GraphProto& graph) {
  std::map<std::string, float> result;
  for (const auto& [name, tensor] : tensors_of(graph))
    if (const auto value = scalar_of(*tensor)) result[name] = *value;
  return result;
}

std::vector<std::int64_t> integers_of(const onnx::TensorProto& t) {
  if (t.data_type() != onnx::TensorProto::INT64) return {};
  if (!t.has_raw_data()) return {t.int64_data().begin(), t.int64_data().end()};
  std::vector<std::int64_t> values(t.raw_data().size() / sizeof(std::int64_t));
  std::memcpy(values.data(), t.raw_data().data(), values.size() * sizeof(std::int64_t));
  return values;
}

}  // namespace invigil::vision
