// YuNet in OpenCV's dnn: the net, and what its twelve outputs mean.
//
// At strides 8, 16 and 32 each cell of the field gives: cls and obj (both probabilities; the confidence is
// their geometric mean), bbox (centre relative to the cell, logarithm of the size, in strides) and kps (five
// points relative to the cell, in strides). OpenCV 4.6's own FaceDetectorYN knows only the older nets.
#include "vision/faces.hpp"
#include "vision/pixels.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include <fmt/format.h>
#include <opencv2/dnn.hpp>

namespace invigil::vision {

namespace {

constexpr std::array strides = {8, 16, 32};
constexpr int coarsest = strides.back();
constexpr std::array<int, 4> scales_of_yunet = {320, 480, 640, 960};
/// A hostile picture could hold a face in every cell; nobody needs more.
constexpr std::size_t most_faces = 256;

const std::vector<cv::String>& output_names() {
  static const std::vector<cv::String> names = [] {
    std::vector<cv::String> all;
    for (const char* kind : {"cls", "obj", "bbox", "kps"})
      for (const int stride : strides) all.push_back(fmt::format("{}_{}", kind, stride));
    return all;
  }();
  return names;
}

int to_multiple(int length) { return (length + coarsest - 1) / coarsest * coarsest; }

/// One stride's share of the outputs.
struct Level {
  int stride;
  int columns;
  std::size_t cells;
  const float *cls, *obj, *bbox, *kps;
};

float probability(float x) { return std::clamp(x, 0.0F, 1.0F); }

float confidence_of(const Level& level, std::size_t cell) {
  return std::sqrt(probability(level.cls[cell]) * probability(level.obj[cell]));
}

FoundFace decode(const Level& level, std::size_t cell, float confidence) {
  const auto stride = static_cast<float>(level.stride);
  const auto column = static_cast<float>(cell % static_cast<std::size_t>(level.columns));
  const auto row = static_cast<float>(cell / static_cast<std::size_t>(level.columns));
  const float* b = level.bbox + cell * 4;
  FoundFace face;
  face.confidence = confidence;
  face.box.width = std::exp(b[2]) * stride;
  face.box.height = std::exp(b[3]) * stride;
  face.box.x = (column + b[0]) * stride - face.box.width / 2;
  face.box.y = (row + b[1]) * stride - face.box.height / 2;
  const float* k = level.kps + cell * 10;
  for (std::size_t p = 0; p < face.points.size(); ++p)
    face.points[p] = {(column + k[2 * p]) * stride, (row + k[2 * p + 1]) * stride};
  return face;
}

void scale(FoundFace& face, float x, float y) {
  face.box = {face.box.x * x, face.box.y * y, face.box.width * x, face.box.height * y};
  for (auto& p : face.points) p = {p.x * x, p.y * y};
}

/// A box reaches beyond the picture where a face does; what is reported lies within.
bool clip(Box& box, const Image& image) {
  const float right = std::min(box.x + box.width, static_cast<float>(image.width()));
  const float bottom = std::min(box.y + box.height, static_cast<float>(image.height()));
  box.x = std::max(box.x, 0.0F);
  box.y = std::max(box.y, 0.0F);
  box.width = right - box.x;
  box.height = bottom - box.y;
  return std::isfinite(box.width) && std::isfinite(box.height) && box.width > 0 && box.height > 0;
}

class Yunet final : public FaceDetector {
 public:
  explicit Yunet(std::span<const std::byte> onnx) : onnx_(onnx.begin(), onnx.end()) { probe(); }

  std::vector<FoundFace> detect(const Image& image, int longest, float confidence) override {
    const cv::Size content = fit(image, longest);
    const cv::Size field{to_multiple(content.width), to_multiple(content.height)};
    auto faces = decode_all(forward(bgr_field(image, content, field), field), field, confidence);
    const float x = static_cast<float>(image.width()) / static_cast<float>(content.width);
    const float y = static_cast<float>(image.height()) / static_cast<float>(content.height);
    for (auto& face : faces) scale(face, x, y);
    std::erase_if(faces, [&](FoundFace& face) { return !clip(face.box, image); });
    return without_doubles(std::move(faces));
  }
  std::span<const int> scales() const override { return scales_of_yunet; }
  std::string name() const override { return "yunet-2023mar"; }

 private:
  /// A net that dnn cannot load, or whose outputs are not YuNet's, is found out here and not in the exam.
  void probe() {
    const cv::Size field{coarsest, coarsest};
    const int shape[] = {1, 3, field.height, field.width};
    forward(cv::Mat(4, shape, CV_32F, cv::Scalar(0)), field);
  }

  cv::dnn::Net load() const {
    return cv::dnn::readNetFromONNX(reinterpret_cast<const char*>(onnx_.data()), onnx_.size());
  }

  /// One net a size: dnn lays its memory out anew whenever the size of the input changes. Only the everyday
  /// sizes are kept.
  std::vector<cv::Mat> forward(const cv::Mat& input, cv::Size field) {
    try {
      cv::dnn::Net once;
      const bool keep = std::max(field.width, field.height) <= 480;
      cv::dnn::Net& net = keep ? nets_[{field.width, field.height}] : once;
      if (net.empty()) net = load();
      net.setInput(input);
      std::vector<cv::Mat> outputs;
      net.forward(outputs, output_names());
      check(outputs, field);
      if (nets_.size() > most_nets) nets_.clear();
      return outputs;
    } catch (const cv::Exception& e) {
      throw Error(Errc::model, "YuNet", fmt::format("does not run: {}", e.err));
    }
  }

  static void check(const std::vector<cv::Mat>& outputs, cv::Size field) {
    constexpr std::array<std::size_t, 4> values = {1, 1, 4, 10};
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const int stride = strides[i % strides.size()];
      const auto cells = static_cast<std::size_t>((field.width / stride) * (field.height / stride));
      if (outputs[i].type() != CV_32F || !outputs[i].isContinuous() ||
          outputs[i].total() != cells * values[i / strides.size()])
        throw Error(Errc::model, "YuNet", fmt::format("output {} has another shape", output_names()[i]));
    }
  }

  static std::vector<FoundFace> decode_all(const std::vector<cv::Mat>& outputs, cv::Size field,
                                           float confidence) {
    std::vector<FoundFace> faces;
    for (std::size_t s = 0; s < strides.size(); ++s) {
      const auto output = [&](std::size_t kind) { return outputs[kind * strides.size() + s].ptr<float>(); };
      const Level level{.stride = strides[s],
                        .columns = field.width / strides[s],
                        .cells = outputs[s].total(),
                        .cls = output(0),
                        .obj = output(1),
                        .bbox = output(2),
                        .kps = output(3)};
      for (std::size_t cell = 0; cell < level.cells; ++cell)
        if (const float c = confidence_of(level, cell); c >= confidence)
          faces.push_back(decode(level, cell, c));
    }
    return strongest(std::move(faces));
  }

  static std::vector<FoundFace> strongest(std::vector<FoundFace> faces) {
    if (faces.size() <= most_faces) return faces;
    std::ranges::stable_sort(faces, std::greater<>{}, &FoundFace::confidence);
    faces.resize(most_faces);
    return faces;
  }

  static constexpr std::size_t most_nets = 4;
  std::vector<std::byte> onnx_;
  std::map<std::pair<int, int>, cv::dnn::Net> nets_;
};

}  // namespace

std::unique_ptr<FaceDetector> make_yunet(std::span<const std::byte> onnx) {
  prepare_opencv();
  return std::make_unique<Yunet>(onnx);
}

}  // namespace invigil::vision
