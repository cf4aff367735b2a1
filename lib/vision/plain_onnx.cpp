#include "vision/plain_onnx.hpp"

#include <invigil/error.hpp>

#include <cstring>
#include <map>
#include <optional>

#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

namespace invigil::vision {

namespace {

std::optional<float> scalar(const onnx::TensorProto& t) {
  if (t.data_type() != onnx::TensorProto::FLOAT) return std::nullopt;
  if (t.float_data_size() == 1) return t.float_data(0);
  if (t.raw_data().size() != sizeof(float)) return std::nullopt;
  float value = 0;
  std::memcpy(&value, t.raw_data().data(), sizeof value);
  return value;
}

std::map<std::string, float> scalars_of(const onnx::GraphProto& graph) {
  std::map<std::string, float> result;
  for (const auto& t : graph.initializer())
    if (const auto v = scalar(t)) result[t.name()] = *v;
  for (const auto& node : graph.node())
    if (node.op_type() == "Constant" && node.attribute_size() == 1 && node.output_size() == 1)
      if (const auto v = scalar(node.attribute(0).t())) result[node.output(0)] = *v;
  return result;
}

}  // namespace

std::vector<unsigned char> with_clip_attributes(std::span<const std::byte> onnx, const std::string& model) {
  const google::protobuf::LogSilencer quiet;  // protobuf writes to standard error, and a library must not
  onnx::ModelProto proto;
  if (!proto.ParseFromArray(onnx.data(), static_cast<int>(onnx.size())) || !proto.has_graph())
    throw Error(Errc::model, model, "is no ONNX file, or a damaged one; fetch it again");
  const auto scalars = scalars_of(proto.graph());
  for (auto& node : *proto.mutable_graph()->mutable_node()) {
    if (node.op_type() != "Clip" || node.input_size() != 3) continue;
    const auto low = scalars.find(node.input(1)), high = scalars.find(node.input(2));
    if (low == scalars.end() || high == scalars.end()) continue;
    for (const auto& [name, value] : {std::pair("min", low->second), std::pair("max", high->second)}) {
      auto* attribute = node.add_attribute();
      attribute->set_name(name);
      attribute->set_type(onnx::AttributeProto::FLOAT);
      attribute->set_f(value);
    }
    node.mutable_input()->DeleteSubrange(1, 2);
  }
  std::vector<unsigned char> bytes(proto.ByteSizeLong());
  if (!proto.SerializeToArray(bytes.data(), static_cast<int>(bytes.size())))
    throw Error(Errc::model, model, "cannot be rewritten for OpenCV");
  return bytes;
}

}  // namespace invigil::vision
