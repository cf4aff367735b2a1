#include "vision/onnx_tensors.hpp"

#include "vision/model_store.hpp"

#include <invigil/error.hpp>

#include <bit>
#include <cstring>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>
// libonnx's generated code is not written for -Wconversion; the folder is a system one for that reason.
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

namespace invigil::vision {

static_assert(std::endian::native == std::endian::little, "ONNX stores little-endian floats");

namespace {

/// How many values the shape has, or nothing when it is negative or beyond what a model may hold.
std::optional<std::size_t> count(const std::vector<std::int64_t>& shape) {
  std::uint64_t total = 1;
  for (const auto side : shape) {
    if (side < 0 || static_cast<std::uint64_t>(side) > largest_model) return std::nullopt;
    total *= static_cast<std::uint64_t>(side);
    if (total > largest_model) return std::nullopt;
  }
  return static_cast<std::size_t>(total);
}

std::vector<float> values_of(const onnx::TensorProto& proto) {
  if (!proto.has_raw_data()) return {proto.float_data().begin(), proto.float_data().end()};
  const auto& raw = proto.raw_data();
  std::vector<float> values(raw.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), raw.data(), values.size() * sizeof(float));
  return values;
}

onnx::ModelProto parse(std::span<const std::byte> onnx, const std::string& model) {
  const google::protobuf::LogSilencer quiet;  // protobuf writes to standard error, and a library must not
  google::protobuf::io::CodedInputStream stream{reinterpret_cast<const std::uint8_t*>(onnx.data()),
                                                static_cast<int>(onnx.size())};
  stream.SetRecursionLimit(64);  // graphs within graphs: a hostile file must not exhaust the stack
  onnx::ModelProto proto;
  if (onnx.empty() || onnx.size() > largest_model || !proto.ParseFromCodedStream(&stream) ||
      !stream.ConsumedEntireMessage() || !proto.has_graph())
    throw Error(Errc::model, model, "is no ONNX file, or a damaged one; fetch it again");
  return proto;
}

}  // namespace

OnnxTensors::OnnxTensors(std::span<const std::byte> onnx, std::string model) : model_(std::move(model)) {
  const auto proto = parse(onnx, model_);
  for (const auto& initializer : proto.graph().initializer()) {
    if (initializer.data_type() != onnx::TensorProto::FLOAT) continue;
    Tensor tensor{{initializer.dims().begin(), initializer.dims().end()}, values_of(initializer)};
    if (count(tensor.shape) != tensor.values.size())
      throw Error(Errc::model, model_,
                  fmt::format("tensor {} has {} values, which is not {}", initializer.name(),
                              tensor.values.size(), fmt::join(tensor.shape, "x")));
    tensors_.insert_or_assign(initializer.name(), std::move(tensor));
  }
}

std::span<const float> OnnxTensors::get(const std::string& name,
                                        const std::vector<std::int64_t>& shape) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) throw Error(Errc::model, model_, fmt::format("has no tensor {}", name));
  if (found->second.shape != shape)
    throw Error(Errc::model, model_,
                fmt::format("tensor {} is {}, not {}", name, fmt::join(found->second.shape, "x"),
                            fmt::join(shape, "x")));
  return found->second.values;
}

}  // namespace invigil::vision
