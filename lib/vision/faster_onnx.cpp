#include "vision/faster_onnx.hpp"

#include "vision/fast_layers.hpp"
#include "vision/onnx_values.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <onnx/onnx_pb.h>

namespace invigil::vision {

namespace {

using Integers = std::vector<std::int64_t>;

const onnx::AttributeProto* attribute(const onnx::NodeProto& node, const char* name) {
  const auto found = std::ranges::find(node.attribute(), name, &onnx::AttributeProto::name);
  return found == node.attribute().end() ? nullptr : &*found;
}

Integers integers(const onnx::NodeProto& node, const char* name) {
  const auto* found = attribute(node, name);
  return found ? Integers(found->ints().begin(), found->ints().end()) : Integers{};
}

bool has_bound(const onnx::NodeProto& node, const char* name, float value) {
  const auto* found = attribute(node, name);
  return found && found->f() == value;
}

/// A node in the place of those that end with `last`.
onnx::NodeProto instead_of(const onnx::NodeProto& last, const char* type, const std::string& input) {
  onnx::NodeProto node;
  node.set_op_type(type);
  node.set_name(last.output(0) + "/" + type);
  node.add_input(input);
  node.add_output(last.output(0));
  return node;
}

class Rewriter {
 public:
  explicit Rewriter(onnx::GraphProto& graph)
      : graph_(graph), scalars_(scalars_of(graph)), tensors_(tensors_of(graph)) {
    for (const auto& node : graph.node()) {
      for (const auto& output : node.output()) makers_[output] = &node;
      for (const auto& input : node.input()) ++uses_[input];
    }
    for (const auto& output : graph.output()) ++uses_[output.name()];
  }

  void run() {
    std::vector<onnx::NodeProto> kept;
    for (const auto& node : graph_.node())
      if (!hard_swish(node, kept) && !shuffle(node, kept) && !depthwise(node, kept)) kept.push_back(node);
    std::erase_if(kept, [&](const onnx::NodeProto& n) {
      return n.output_size() == 1 && dropped_.contains(n.output(0));
    });
    graph_.clear_node();
    for (auto& node : kept) *graph_.add_node() = std::move(node);
  }

 private:
  /// The node of this type that makes the k-th input, if it makes nothing else and nobody else takes it.
  const onnx::NodeProto* before(const onnx::NodeProto* node, int k, std::string_view type) const {
    if (!node || node->input_size() <= k) return nullptr;
    const auto maker = makers_.find(node->input(k));
    if (maker == makers_.end() || maker->second->op_type() != type || maker->second->output_size() != 1 ||
        uses_.at(node->input(k)) != 1)
      return nullptr;
    return maker->second;
  }

  bool is(const std::string& name, float value) const {
    const auto found = scalars_.find(name);
    return found != scalars_.end() && found->second == value;
  }

  void drop(std::initializer_list<const onnx::NodeProto*> nodes) {
    for (const auto* node : nodes) dropped_.insert(node->output(0));
  }

  bool hard_swish(const onnx::NodeProto& last, std::vector<onnx::NodeProto>& to) {
    if (last.op_type() != "Div" || last.input_size() != 2 || !is(last.input(1), 6)) return false;
    const auto* product = before(&last, 0, "Mul");
    const auto* clip = before(product, 1, "Clip");
    const auto* sum = before(clip, 0, "Add");
    if (!sum || sum->input_size() != 2 || !is(sum->input(1), 3) || sum->input(0) != product->input(0) ||
        !has_bound(*clip, "min", 0) || !has_bound(*clip, "max", 6))
      return false;
    to.push_back(instead_of(last, hard_swish_layer, sum->input(0)));
    drop({product, clip, sum});
    return true;
  }

  bool shuffle(const onnx::NodeProto& last, std::vector<onnx::NodeProto>& to) {
    if (last.op_type() != "Reshape" || last.input_size() != 2) return false;
    const auto* turn = before(&last, 0, "Transpose");
    const auto* split = before(turn, 0, "Reshape");
    if (!split || split->input_size() != 2 || integers(*turn, "perm") != Integers{0, 2, 1, 3, 4})
      return false;
    const Integers parts = shape(split->input(1)), whole = shape(last.input(1));
    if (parts.size() != 5 || whole.size() != 4 || parts[1] < 1 || parts[2] < 1 ||
        parts[1] > largest_channels || parts[2] > largest_channels || whole[1] != parts[1] * parts[2] ||
        whole[2] != parts[3] || whole[3] != parts[4])
      return false;
    auto node = instead_of(last, channel_shuffle_layer, split->input(0));
    auto* group = node.add_attribute();
    group->set_name("group");
    group->set_type(onnx::AttributeProto::INT);
    group->set_i(parts[1]);
    to.push_back(std::move(node));
    drop({turn, split});
    return true;
  }

  bool depthwise(const onnx::NodeProto& node, std::vector<onnx::NodeProto>& to) const {
    if (node.op_type() != "Conv" || node.input_size() != 3 ||
        integers(node, "kernel_shape") != Integers{5, 5} || integers(node, "strides") != Integers{1, 1} ||
        integers(node, "dilations") != Integers{1, 1} || integers(node, "pads") != Integers{2, 2, 2, 2})
      return false;
    const auto* group = attribute(node, "group");
    const auto weights = tensors_.find(node.input(1));
    if (!group || weights == tensors_.end() || !tensors_.contains(node.input(2))) return false;
    const auto& sides = weights->second->dims();
    if (sides.size() != 4 || sides[0] != group->i() || sides[1] != 1) return false;
    auto fast = instead_of(node, depthwise_layer, node.input(0));
    fast.add_input(node.input(1));
    fast.add_input(node.input(2));
    to.push_back(std::move(fast));
    return true;
  }

  Integers shape(const std::string& name) const {
    const auto found = tensors_.find(name);
    return found == tensors_.end() ? Integers{} : integers_of(*found->second);
  }

  static constexpr std::int64_t largest_channels = 1 << 20;

  onnx::GraphProto& graph_;
  std::map<std::string, float> scalars_;
  std::map<std::string, const onnx::TensorProto*> tensors_;
  std::map<std::string, const onnx::NodeProto*> makers_;
  std::map<std::string, int> uses_;
  std::set<std::string> dropped_;
};

}  // namespace

void use_fast_layers(onnx::GraphProto& graph) { Rewriter{graph}.run(); }

}  // namespace invigil::vision
