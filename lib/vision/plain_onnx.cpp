#include "vision/plain_onnx.hpp"

#include "vision/fast_layers.hpp"
#include "vision/faster_onnx.hpp"
#include "vision/model_store.hpp"
#include "vision/onnx_values.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

namespace invigil::vision {

namespace {

void name_bounds(onnx::GraphProto& graph) {
  const auto scalars = scalars_of(graph);
  for (auto& node : *graph.mutable_node()) {
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
}

using Initializers = std::map<std::string, onnx::TensorProto*>;

Initializers initializers_of(onnx::GraphProto& graph) {
  Initializers all;
  for (auto& t : *graph.mutable_initializer()) all[t.name()] = &t;
  return all;
}

/// Whether only PRelu nodes take `name`, and as their slopes.
bool only_slopes(const onnx::GraphProto& graph, const std::string& name) {
  return std::ranges::all_of(graph.node(), [&](const onnx::NodeProto& node) {
    const auto uses = std::ranges::count(node.input(), name);
    return uses == 0 ||
           (uses == 1 && node.op_type() == "PRelu" && node.input_size() == 2 && node.input(1) == name);
  });
}

/// Slopes a channel, without the axis of the batch: what Expand gave, before it repeated them.
bool fold_slopes(onnx::GraphProto& graph, const onnx::NodeProto& expand, const Initializers& known) {
  const auto slopes = known.find(expand.input(0));
  if (slopes == known.end() || !only_slopes(graph, expand.output(0))) return false;
  const auto& dims = slopes->second->dims();
  if (dims.size() != 4 || dims[0] != 1 || dims[2] != 1 || dims[3] != 1) return false;
  onnx::TensorProto plain = *slopes->second;
  plain.set_name(expand.output(0));
  plain.clear_dims();
  for (const std::int64_t side : {dims[1], std::int64_t{1}, std::int64_t{1}}) plain.add_dims(side);
  *graph.add_initializer() = std::move(plain);
  return true;
}

bool fold_constant(onnx::GraphProto& graph, const onnx::NodeProto& node, const Initializers& known) {
  const auto shape = known.find(node.input(0));
  if (shape == known.end()) return false;
  const auto value = node.attribute_size() == 1 ? scalar_of(node.attribute(0).t()) : std::optional{0.0F};
  if (!value) return false;
  onnx::TensorProto tensor;
  tensor.set_name(node.output(0));
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  std::uint64_t total = 1;
  for (const auto side : integers_of(*shape->second)) {
    if (side < 1 || static_cast<std::uint64_t>(side) > largest_model) return false;
    tensor.add_dims(side);
    if ((total *= static_cast<std::uint64_t>(side)) > largest_model / sizeof(float)) return false;
  }
  for (std::uint64_t i = 0; i < total; ++i) tensor.add_float_data(*value);
  *graph.add_initializer() = std::move(tensor);
  return true;
}

void fold(onnx::GraphProto& graph) {
  std::vector<onnx::NodeProto> kept;
  const std::vector<onnx::NodeProto> nodes(graph.node().begin(), graph.node().end());
  for (const auto& node : nodes) {
    const auto known = initializers_of(graph);
    const bool folded = (node.op_type() == "Expand" && node.input_size() == 2 && node.output_size() == 1 &&
                         fold_slopes(graph, node, known)) ||
                        (node.op_type() == "ConstantOfShape" && node.input_size() == 1 &&
                         node.output_size() == 1 && fold_constant(graph, node, known));
    if (!folded) kept.push_back(node);
  }
  graph.clear_node();
  for (auto& node : kept) *graph.add_node() = std::move(node);
}

}  // namespace

std::vector<unsigned char> plain_onnx(std::span<const std::byte> onnx, const std::string& model,
                                      Layers layers) {
  const google::protobuf::LogSilencer quiet;  // protobuf writes to standard error, and a library must not
  onnx::ModelProto proto;
  if (!proto.ParseFromArray(onnx.data(), static_cast<int>(onnx.size())) || !proto.has_graph())
    throw Error(Errc::model, model, "is no ONNX file, or a damaged one; fetch it again");
  name_bounds(*proto.mutable_graph());
  fold(*proto.mutable_graph());
  if (layers == Layers::fast) use_fast_layers(*proto.mutable_graph());
  std::vector<unsigned char> bytes(proto.ByteSizeLong());
  if (!proto.SerializeToArray(bytes.data(), static_cast<int>(bytes.size())))
    throw Error(Errc::model, model, "cannot be rewritten for OpenCV");
  return bytes;
}

cv::dnn::Net load_net(std::span<const std::byte> onnx, const std::string& model, Layers layers) {
  if (layers == Layers::fast) register_fast_layers();
  const auto plain = plain_onnx(onnx, model, layers);
  try {
    return cv::dnn::readNetFromONNX(reinterpret_cast<const char*>(plain.data()), plain.size());
  } catch (const cv::Exception& e) {
    throw Error(Errc::model, model, fmt::format("does not load: {}", e.err));
  }
}

std::vector<cv::Mat> run_net(cv::dnn::Net& net, const cv::Mat& input, std::span<const NetOutput> outputs,
                             const std::string& model) {
  std::vector<cv::String> names;
  for (const auto& output : outputs) names.push_back(output.name);
  std::vector<cv::Mat> all;
  try {
    net.setInput(input);
    net.forward(all, names);
  } catch (const cv::Exception& e) {
    throw Error(Errc::model, model, fmt::format("does not run: {}", e.err));
  }
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (all.at(i).type() != CV_32F || !all[i].isContinuous() || all[i].total() != outputs[i].values)
      throw Error(Errc::model, model, fmt::format("output {} has another shape", outputs[i].name));
  return all;
}

}  // namespace invigil::vision
