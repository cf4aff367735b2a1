// Our own layers give what OpenCV's give, and stand only where they mean the same.
#include "vision/fast_layers.hpp"

#include "environment.hpp"
#include "support.hpp"
#include "vision/faster_onnx.hpp"
#include "vision/model_store.hpp"
#include "vision/plain_onnx.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>
#include <opencv2/dnn/dnn.hpp>

namespace {

using namespace invigil;
using vision::Layers;

/// ONNX graphs by hand.
class Graph {
 public:
  Graph() {
    proto_.set_ir_version(7);
    proto_.add_opset_import()->set_version(11);
    graph().set_name("test");
    input("x", {1, channels, height, width});
  }

  static constexpr int channels = 6, height = 7, width = 13;

  void floats(const std::string& name, const std::vector<std::int64_t>& shape,
              const std::vector<float>& values) {
    auto* tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    for (const auto side : shape) tensor->add_dims(side);
    for (const auto v : values) tensor->add_float_data(v);
  }
  void integers(const std::string& name, const std::vector<std::int64_t>& values) {
    auto* tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::INT64);
    tensor->add_dims(static_cast<std::int64_t>(values.size()));
    for (const auto v : values) tensor->add_int64_data(v);
  }
  onnx::NodeProto& node(const std::string& type, const std::vector<std::string>& inputs,
                        const std::string& output) {
    auto* n = graph().add_node();
    n->set_op_type(type);
    n->set_name(output);
    for (const auto& i : inputs) n->add_input(i);
    n->add_output(output);
    return *n;
  }
  static void attribute(onnx::NodeProto& node, const std::string& name,
                        const std::vector<std::int64_t>& values) {
    auto* a = node.add_attribute();
    a->set_name(name);
    a->set_type(onnx::AttributeProto::INTS);
    for (const auto v : values) a->add_ints(v);
  }
  void output(const std::string& name) { value(*graph().add_output(), name, {1, channels, height, width}); }

  /// Types of its nodes once our layers were put in.
  std::vector<std::string> fast_types() const {
    onnx::ModelProto copy;
    const auto bytes = vision::plain_onnx(this->bytes(), "test");
    REQUIRE(copy.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    std::vector<std::string> types;
    for (const auto& n : copy.graph().node()) types.push_back(n.op_type());
    return types;
  }
  cv::Mat run(Layers layers, const cv::Mat& x) const {
    auto net = vision::load_net(bytes(), "test", layers);
    net.setInput(x);
    return net.forward().clone();
  }

 private:
  onnx::GraphProto& graph() { return *proto_.mutable_graph(); }
  static void value(onnx::ValueInfoProto& info, const std::string& name,
                    const std::vector<std::int64_t>& shape) {
    info.set_name(name);
    auto* type = info.mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    for (const auto side : shape) type->mutable_shape()->add_dim()->set_dim_value(side);
  }
  void input(const std::string& name, const std::vector<std::int64_t>& shape) {
    value(*graph().add_input(), name, shape);
  }
  std::vector<std::byte> bytes() const {
    std::string text;
    REQUIRE(proto_.SerializeToString(&text));
    const auto all = std::as_bytes(std::span{text});
    return {all.begin(), all.end()};
  }

  onnx::ModelProto proto_;
};

cv::Mat noise(std::vector<int> shape) {
  cv::Mat x(shape, CV_32F);
  cv::RNG{7}.fill(x, cv::RNG::NORMAL, 0, 4);
  return x;
}
cv::Mat noise() { return noise({1, Graph::channels, Graph::height, Graph::width}); }

double difference(const cv::Mat& a, const cv::Mat& b) {
  REQUIRE(a.total() == b.total());
  return cv::norm(a.reshape(1, 1), b.reshape(1, 1), cv::NORM_INF);
}

/// x clip(x + `three`, 0, 6) / 6.
Graph hard_swish(float three = 3) {
  Graph g;
  g.floats("three", {}, {three});
  g.floats("zero", {}, {0});
  g.floats("six", {}, {6});
  g.node("Add", {"x", "three"}, "sum");
  g.node("Clip", {"sum", "zero", "six"}, "clip");
  g.node("Mul", {"x", "clip"}, "product");
  g.node("Div", {"product", "six"}, "y");
  return g;
}

Graph shuffle(const std::vector<std::int64_t>& order) {
  Graph g;
  g.integers("parts", {1, 2, Graph::channels / 2, Graph::height, Graph::width});
  g.integers("whole", {1, Graph::channels, Graph::height, Graph::width});
  g.node("Reshape", {"x", "parts"}, "split");
  Graph::attribute(g.node("Transpose", {"split"}, "turned"), "perm", order);
  g.node("Reshape", {"turned", "whole"}, "y");
  return g;
}

Graph depthwise(std::int64_t stride) {
  Graph g;
  const cv::Mat w = noise({Graph::channels, 1, 5, 5}), b = noise({Graph::channels});
  g.floats("w", {Graph::channels, 1, 5, 5}, {w.begin<float>(), w.end<float>()});
  g.floats("b", {Graph::channels}, {b.begin<float>(), b.end<float>()});
  auto& node = g.node("Conv", {"x", "w", "b"}, "y");
  Graph::attribute(node, "kernel_shape", {5, 5});
  Graph::attribute(node, "strides", {stride, stride});
  Graph::attribute(node, "dilations", {1, 1});
  Graph::attribute(node, "pads", {2, 2, 2, 2});
  auto* group = node.add_attribute();
  group->set_name("group");
  group->set_type(onnx::AttributeProto::INT);
  group->set_i(Graph::channels);
  return g;
}

using Types = std::vector<std::string>;

TEST_CASE("a hard-swish in four nodes becomes one, with the same values") {
  Graph g = hard_swish();
  g.output("y");
  CHECK(g.fast_types() == Types{vision::hard_swish_layer});
  CHECK(difference(g.run(Layers::fast, noise()), g.run(Layers::opencv, noise())) < 1e-5);
}

TEST_CASE("what only resembles a hard-swish stays") {
  Graph other = hard_swish(2.5F);
  other.output("y");
  CHECK(other.fast_types() == Types{"Add", "Clip", "Mul", "Div"});
  Graph shared = hard_swish();  // somebody else takes what lies between
  shared.node("Add", {"y", "clip"}, "z");
  shared.output("z");
  CHECK(shared.fast_types() == Types{"Add", "Clip", "Mul", "Div", "Add"});
  Graph shown = hard_swish();
  shown.output("y");
  shown.output("product");
  CHECK(shown.fast_types() == Types{"Add", "Clip", "Mul", "Div"});
}

TEST_CASE("channels are dealt as Reshape, Transpose, Reshape deal them") {
  Graph g = shuffle({0, 2, 1, 3, 4});
  g.output("y");
  CHECK(g.fast_types() == Types{vision::channel_shuffle_layer});
  CHECK(difference(g.run(Layers::fast, noise()), g.run(Layers::opencv, noise())) == 0);
  Graph other = shuffle({0, 2, 1, 4, 3});
  other.output("y");
  CHECK(other.fast_types() == Types{"Reshape", "Transpose", "Reshape"});
}

TEST_CASE("5x5 by channel, up to the edges, alone and before an activation") {
  Graph g = depthwise(1);
  g.output("y");
  CHECK(g.fast_types() == Types{vision::depthwise_layer});
  CHECK(difference(g.run(Layers::fast, noise()), g.run(Layers::opencv, noise())) < 1e-3);
  Graph with_activation = depthwise(1);
  with_activation.node("Relu", {"y"}, "z");
  with_activation.output("z");
  CHECK(difference(with_activation.run(Layers::fast, noise()), with_activation.run(Layers::opencv, noise())) <
        1e-3);
  Graph other = depthwise(2);
  other.output("y");
  CHECK(other.fast_types() == Types{"Conv"});
}

TEST_CASE("a layer refuses what does not fit it") {
  Graph g = depthwise(1);
  g.output("y");
  CHECK_THROWS_AS((void)g.run(Layers::fast, noise({1, Graph::channels + 1, 8, 8})), cv::Exception);
}

TEST_CASE("real models give the same with our layers") {
  const auto folder = test::models("our layers");
  if (!folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  struct Model {
    const char* name;
    std::vector<int> input;
    int ours;  ///< Layers that become ours.
  };
  for (const Model& model :
       {Model{"picodet-s-416", {1, 3, 416, 416}, 87 + 10 + 12}, Model{"facemesh-468", {1, 3, 192, 192}, 0},
        Model{"mobilefacenet", {1, 3, 112, 112}, 0}}) {
    const char* const name = model.name;
    CAPTURE(name);
    const auto onnx = vision::load_model(name);
    REQUIRE(onnx.has_value());
    onnx::ModelProto proto;
    const auto bytes = vision::plain_onnx(*onnx, name);
    REQUIRE(proto.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    CHECK(std::ranges::count_if(proto.graph().node(), [](const auto& n) {
            return n.op_type().starts_with("Invigil");
          }) == model.ours);
    std::vector<std::vector<cv::Mat>> results;
    for (const auto layers : {Layers::opencv, Layers::fast}) {
      auto net = vision::load_net(*onnx, name, layers);
      net.setInput(noise(model.input));
      std::vector<cv::Mat> out, copies;
      net.forward(out, net.getUnconnectedOutLayersNames());
      for (const auto& o : out) copies.push_back(o.clone());
      results.push_back(std::move(copies));
    }
    REQUIRE(results[0].size() == results[1].size());
    for (std::size_t i = 0; i < results[0].size(); ++i)
      CHECK(difference(results[0][i], results[1][i]) <=
            1e-4 * std::max(1.0, cv::norm(results[0][i], cv::NORM_INF)));
  }
}

}  // namespace
