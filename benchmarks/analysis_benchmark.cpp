// What analysis costs: one look at a 720p picture, one block of sound. Each checks its answer before it
// times.
#include "behaviour/repetition_watch.hpp"
#include "vision/faces.hpp"
#include "vision/gaze.hpp"
#include "vision/head_pose.hpp"
#include "vision/model_store.hpp"
#include "vision/picodet.hpp"
#include "vision/picture_measure.hpp"
#include "vision/same_person.hpp"
#include "vision/silero.hpp"

#include <invigil/image.hpp>

#include <array>
#include <chrono>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace invigil;

/// An oval with eyes, nose and mouth on a plain wall: the simplest thing that YuNet takes for a face.
Image drawn_face() {
  Image image{1280, 720};
  const auto inside = [](int x, int y, double cx, double cy, double rx, double ry) {
    return std::pow((x - cx) / rx, 2) + std::pow((y - cy) / ry, 2) < 1;
  };
  const auto plane = image.mutable_plane(0);
  for (int y = 0; y < 720; ++y)
    for (int x = 0; x < 1280; ++x) {
      int luma = 120 + y / 16;
      if (inside(x, y, 640, 340, 130, 175)) luma = 190 - (x - 640) / 8;
      if (inside(x, y, 640, 215, 135, 70)) luma = 40;
      if (inside(x, y, 590, 320, 24, 12) || inside(x, y, 690, 320, 24, 12)) luma = 45;
      if (inside(x, y, 590, 295, 32, 5) || inside(x, y, 690, 295, 32, 5)) luma = 60;
      if (inside(x, y, 640, 375, 12, 26)) luma = 150;
      if (inside(x, y, 640, 435, 46, 12)) luma = 80;
      plane.row(y)[x] = static_cast<std::uint8_t>(luma);
    }
  return image;
}

void faces(benchmark::State& state) {
  const auto onnx = vision::load_model("yunet-2023mar");
  if (!onnx) return state.SkipWithError("the model is not installed: set INVIGIL_MODELS");
  const auto detector = vision::make_yunet(*onnx);
  const Image image = drawn_face();
  const auto scale = static_cast<int>(state.range(0));
  const auto found = detector->detect(image, scale, 0.5F);
  if (found.size() != 1 || std::abs(found[0].box.x + found[0].box.width / 2 - 640) > 40)
    return state.SkipWithError("the face is not found where it is");
  for (auto _ : state) benchmark::DoNotOptimize(detector->detect(image, scale, 0.8F));
}
BENCHMARK(faces)->Arg(320)->Arg(480)->Unit(benchmark::kMillisecond);

void cascade(benchmark::State& state) {
  const auto detector = vision::make_cascade();
  if (!detector) return state.SkipWithError("opencv-data is not installed");
  const Image image = drawn_face();
  for (auto _ : state) benchmark::DoNotOptimize(detector->detect(image, detector->scales()[0], 0.8F));
}
BENCHMARK(cascade)->Unit(benchmark::kMillisecond);

void picture(benchmark::State& state) {
  const Image image = drawn_face();
  if (vision::judge(vision::measure(image)) != PictureState::ok)
    return state.SkipWithError("a good picture is judged bad");
  for (auto _ : state) benchmark::DoNotOptimize(vision::measure(image).mean);
}
BENCHMARK(picture)->Unit(benchmark::kMillisecond);

/// The drawn face with YuNet's points.
std::vector<vision::FoundFace> drawn_points(const Image& image) {
  const auto onnx = vision::load_model("yunet-2023mar");
  return onnx ? vision::make_yunet(*onnx)->detect(image, 480, 0.5F) : std::vector<vision::FoundFace>{};
}

void head_pose(benchmark::State& state) {
  const auto finder = vision::make_head_pose_finder();
  const Image image = drawn_face();
  const auto faces = drawn_points(image);
  if (!finder || faces.empty()) return state.SkipWithError("a model is not installed: set INVIGIL_MODELS");
  const auto mesh = finder->mesh(image, faces[0]);
  if (!mesh || std::abs(mesh->points[4].x - 640) > 60)
    return state.SkipWithError("the nose is not found where it is");
  for (auto _ : state) benchmark::DoNotOptimize(finder->look(image, faces[0]));
}
BENCHMARK(head_pose)->Unit(benchmark::kMillisecond);

/// Both eyes.
void gaze(benchmark::State& state) {
  const auto pose = vision::make_head_pose_finder();
  const auto finder = vision::make_gaze_finder();
  const Image image = drawn_face();
  const auto faces = drawn_points(image);
  const auto mesh = pose && !faces.empty() ? pose->mesh(image, faces[0]) : std::nullopt;
  if (!finder || !mesh) return state.SkipWithError("a model is not installed: set INVIGIL_MODELS");
  const auto seen = finder->look(image, *mesh);
  if (!seen || std::abs(*seen) > 0.1F) return state.SkipWithError("a drawn face does not look straight");
  for (auto _ : state) benchmark::DoNotOptimize(finder->look(image, *mesh));
}
BENCHMARK(gaze)->Unit(benchmark::kMillisecond);

void objects(benchmark::State& state) {
  const auto finder = vision::make_object_finder();
  if (!finder) return state.SkipWithError("the model is not installed: set INVIGIL_MODELS");
  const Image image = drawn_face();
  if (!finder->look(Image{1280, 720}).empty())
    return state.SkipWithError("something is found in a black picture");
  for (auto _ : state) benchmark::DoNotOptimize(finder->look(image));
}
BENCHMARK(objects)->Unit(benchmark::kMillisecond);

void same_person(benchmark::State& state) {
  vision::SamePerson net;
  const Image image = drawn_face();
  const auto faces = drawn_points(image);
  if (!net.ready() || faces.empty())
    return state.SkipWithError("a model is not installed: set INVIGIL_MODELS");
  const auto one = net.look(image, faces[0]);
  if (!one || vision::SamePerson::cosine(*one, *one) < 0.999)
    return state.SkipWithError("a face is unlike itself");
  for (auto _ : state) benchmark::DoNotOptimize(net.look(image, faces[0]));
}
BENCHMARK(same_person)->Unit(benchmark::kMillisecond);

/// A step with ten minutes behind it.
void repetition(benchmark::State& state) {
  behaviour::RepetitionWatch watch;
  vision::PictureMeasure picture;
  Timestamp time{};
  std::uint32_t noise = 1;
  std::optional<Repetition> found;
  const auto step = [&] {
    picture.coarse = cv::Mat(18, 32, CV_8U);
    for (auto it = picture.coarse.begin<std::uint8_t>(); it != picture.coarse.end<std::uint8_t>(); ++it)
      *it = static_cast<std::uint8_t>(100 + ((noise = noise * 1664525U + 1013904223U) >> 28U));
    found = watch.look(picture, time += std::chrono::milliseconds{200});
  };
  for (int i = 0; i < 3100; ++i) step();
  if (!found || found->similarity > 0.5F) return state.SkipWithError("noise is taken for a loop");
  for (auto _ : state) step();
}
BENCHMARK(repetition)->Unit(benchmark::kMillisecond);

void speech(benchmark::State& state) {
  const auto onnx = vision::load_model("silero-vad");
  if (!onnx) return state.SkipWithError("the model is not installed: set INVIGIL_MODELS");
  vision::Silero net{*onnx};
  const std::array<float, vision::Silero::block> silence{};
  std::array<float, vision::Silero::block> tone{};
  for (std::size_t i = 0; i < tone.size(); ++i)
    tone[i] = static_cast<float>(0.1 * std::sin(2 * std::numbers::pi * 440 * static_cast<double>(i) / 16000));
  for (int i = 0; i < 10; ++i)
    if (net.probability(silence) > 0.2F) return state.SkipWithError("silence is taken for speech");
  for (auto _ : state) benchmark::DoNotOptimize(net.probability(tone));
}
BENCHMARK(speech)->Unit(benchmark::kMillisecond);

}  // namespace
