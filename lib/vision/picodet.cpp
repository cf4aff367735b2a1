// PicoDet in OpenCV's dnn: what its eight outputs mean.
//
// The picture is brought to 416x416 whatever its shape, as in training: kept in shape it finds half as many
// phones. At strides 8, 16, 32 and 64 each cell gives 80 probabilities and, for each side of a box, eight
// values whose softmax weighs the distances of 0 to 7 strides from the cell's centre.
#include "vision/picodet.hpp"

#include "vision/concealed_share.hpp"
#include "vision/model_store.hpp"
#include "vision/pixels.hpp"
#include "vision/plain_onnx.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

namespace invigil::vision {

namespace {

constexpr const char* model = "picodet-s-416";
constexpr int side = 416;
constexpr std::size_t labels = 80, steps = 8;
constexpr std::array strides = {8, 16, 32, 64};
constexpr float same = 0.5F;      ///< Of two boxes' union: one thing.
constexpr std::size_t most = 64;  ///< A hostile picture could hold something in every cell.
/// What redaction has covered looks like a phone: flat, grey, with corners.
constexpr double covered = 0.25;
// Of the pictures that it was trained on, red, green and blue.
constexpr Normal trained_on{{123.675F, 116.28F, 103.53F}, {58.395F, 57.12F, 57.375F}};

/// Where each of COCO's labels stands, and from which confidence on it is told. Phones: 0 of 44 pictures
/// without one are above 0.3, so that a small one far away may be told there.
struct Kept {
  std::size_t label;
  std::string_view name;
  float least;
};
constexpr std::array<Kept, 4> kept{
    {{0, "person", 0.5F}, {63, "laptop", 0.4F}, {67, "phone", 0.3F}, {73, "book", 0.4F}}};

// A small thing is looked at again in a part of the picture, a third of each side and a quarter more, where
// it is three times as large. There a phone counts from 0.5 on: of 44 pictures without one, nine parts each,
// none has more than 0.42; of 20 with a phone as long as a tenth of the picture, 13 have 0.5 (the whole
// picture: 4 have 0.3). What is at least `hinted` in the whole picture is worth the second look.
constexpr std::string_view small_thing = "phone";
constexpr int parts_along = 3;
constexpr double part_size = 0.4;
constexpr float sure_in_part = 0.5F, hinted = 0.1F;

constexpr float least_of(std::string_view name) { return std::ranges::find(kept, name, &Kept::name)->least; }

constexpr int cells_along(int stride) { return (side + stride - 1) / stride; }

const std::array<NetOutput, 8>& outputs() {
  static const auto all = [] {
    std::array<NetOutput, 8> list;
    for (std::size_t s = 0; s < strides.size(); ++s) {
      const auto along = static_cast<std::size_t>(cells_along(strides[s]));
      list[s] = {fmt::format("save_infer_model/scale_{}.tmp_1", s), along * along * labels};
      list[s + 4] = {fmt::format("save_infer_model/scale_{}.tmp_1", s + 4), along * along * 4 * steps};
    }
    return list;
  }();
  return all;
}

/// The mean of 0 to 7 with the softmax of eight values as weights.
float distance(const float* x) {
  const float largest = *std::max_element(x, x + steps);
  float sum = 0, weighted = 0;
  for (std::size_t i = 0; i < steps; ++i) {
    const float weight = std::exp(x[i] - largest);
    sum += weight;
    weighted += weight * static_cast<float>(i);
  }
  return weighted / sum;
}

/// In pixels of the net's square, cut at its edges.
Box box_of(const float* sides, int cell, int stride) {
  const auto s = static_cast<float>(stride);
  const int along = cells_along(stride);
  const float x = (static_cast<float>(cell % along) + 0.5F) * s;
  const float y = (static_cast<float>(cell / along) + 0.5F) * s;
  const auto cut = [](float v) { return std::clamp(v, 0.0F, static_cast<float>(side)); };
  const float left = cut(x - distance(sides) * s), top = cut(y - distance(sides + steps) * s);
  const float right = cut(x + distance(sides + 2 * steps) * s),
              bottom = cut(y + distance(sides + 3 * steps) * s);
  return {left, top, right - left, bottom - top};
}

float shared(const Box& a, const Box& b) {
  const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  const float common = std::max(0.0F, width) * std::max(0.0F, height);
  return common / std::max(a.width * a.height + b.width * b.height - common, 1e-6F);
}

std::vector<Object> without_doubles(std::vector<Object> all) {
  std::ranges::sort(all, std::greater<>{}, [](const Object& o) {
    return std::tuple{o.confidence, o.box.width * o.box.height, -o.box.x, -o.box.y};
  });
  std::vector<Object> list;
  for (auto& o : all)
    if (list.size() < most && std::ranges::none_of(list, [&](const Object& k) {
          return k.label == o.label && shared(k.box, o.box) > same;
        }))
      list.push_back(std::move(o));
  return list;
}

/// Planes of red, green and blue, as the net wants them.
cv::Mat input_of(const Image& image) {
  cv::Mat planes = bgr_field(image, {side, side}, {side, side});
  std::swap_ranges(planes.ptr<float>(0, 0), planes.ptr<float>(0, 1), planes.ptr<float>(0, 2));
  normalise(planes, trained_on);
  return planes;
}

/// The part around a point, moved into the picture where it would leave it.
cv::Rect part_around(const Image& image, cv::Point2d centre) {
  const cv::Size size{static_cast<int>(part_size * image.width()),
                      static_cast<int>(part_size * image.height())};
  const auto start = [](double middle, int length, int whole) {
    return std::clamp(static_cast<int>(middle - length / 2.0), 0, whole - length);
  };
  return {{start(centre.x, size.width, image.width()), start(centre.y, size.height, image.height())}, size};
}

/// Nine that cover the picture and share a tenth with their neighbours.
std::vector<cv::Rect> all_parts(const Image& image) {
  std::vector<cv::Rect> parts;
  const double step = (1 - part_size) / (parts_along - 1);
  for (int row = 0; row < parts_along; ++row)
    for (int column = 0; column < parts_along; ++column)
      parts.push_back(part_around(image, {(part_size / 2 + column * step) * image.width(),
                                          (part_size / 2 + row * step) * image.height()}));
  return parts;
}

cv::Point2d middle(const Box& box) { return {box.x + box.width / 2.0, box.y + box.height / 2.0}; }

}  // namespace

struct ObjectFinder::Impl {
  cv::dnn::Net net;

  /// What one pass of the net sees, with hints of a small thing.
  std::vector<Object> see(const Image& image) {
    const auto out = run_net(net, input_of(image), outputs(), model);
    const float x = static_cast<float>(image.width()) / side, y = static_cast<float>(image.height()) / side;
    std::vector<Object> all;
    for (std::size_t s = 0; s < strides.size(); ++s) {
      const int cells = cells_along(strides[s]) * cells_along(strides[s]);
      for (int cell = 0; cell < cells; ++cell) {
        const auto* probabilities = out[s].ptr<float>() + static_cast<std::size_t>(cell) * labels;
        for (const auto& [label, name, least] : kept) {
          if (!(probabilities[label] >= (name == small_thing ? hinted : least))) continue;
          const Box b =
              box_of(out[s + 4].ptr<float>() + static_cast<std::size_t>(cell) * 4 * steps, cell, strides[s]);
          all.push_back({std::string{name},
                         {b.x * x, b.y * y, b.width * x, b.height * y},
                         std::min(probabilities[label], 1.0F)});
        }
      }
    }
    return without_doubles(std::move(all));
  }

  void see_part(const Image& image, cv::Rect part, std::vector<Object>& all) {
    for (auto& object : see(part_of(image, part))) {
      if (object.label != small_thing || object.confidence < sure_in_part) continue;
      object.box.x += static_cast<float>(part.x / 2 * 2);
      object.box.y += static_cast<float>(part.y / 2 * 2);
      all.push_back(std::move(object));
    }
  }
};

ObjectFinder::ObjectFinder(std::span<const std::byte> onnx) : impl_(std::make_unique<Impl>()) {
  prepare_opencv();
  impl_->net = load_net(onnx, model);
  const int shape[] = {1, 3, side, side};
  (void)run_net(impl_->net, cv::Mat(4, shape, CV_32F, cv::Scalar(0)), outputs(), model);
}
ObjectFinder::~ObjectFinder() = default;
ObjectFinder::ObjectFinder(ObjectFinder&&) noexcept = default;
ObjectFinder& ObjectFinder::operator=(ObjectFinder&&) noexcept = default;

std::vector<Object> ObjectFinder::look(const Image& image, bool closely) {
  auto all = impl_->see(image);
  const auto hint = std::ranges::find(all, small_thing, &Object::label);  // the most confident one
  if (closely) {
    for (const auto& part : all_parts(image)) impl_->see_part(image, part, all);
  } else if (hint != all.end() && hint->confidence < sure_in_part) {
    impl_->see_part(image, part_around(image, middle(hint->box)), all);
  }
  all = without_doubles(std::move(all));
  std::erase_if(all, [&](const Object& o) {
    return (o.label == small_thing && o.confidence < least_of(small_thing)) ||
           (o.label != "person" && concealed_share(image, o.box) > covered);
  });
  return all;
}

std::unique_ptr<ObjectFinder> make_object_finder() {
  const auto onnx = load_model(model);
  return onnx ? std::make_unique<ObjectFinder>(*onnx) : nullptr;
}

}  // namespace invigil::vision
