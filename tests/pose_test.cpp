// Head pose: on real pictures, and on heads that are drawn by their points.
#include "environment.hpp"
#include "pictures.hpp"
#include "support.hpp"
#include "vision/head_pose.hpp"
#include "vision/model_store.hpp"
#include "vision/plain_onnx.hpp"

#include <invigil/error.hpp>
#include <invigil/head_pose.hpp>

#include <cmath>
#include <fstream>
#include <iterator>

#include <opencv2/core.hpp>

namespace {

using namespace invigil;
using namespace std::chrono_literals;

std::vector<std::byte> bytes_of(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

std::vector<cv::Mat> outputs(cv::dnn::Net net, const std::vector<int>& shape) {
  cv::Mat input(shape, CV_32F);
  cv::RNG random{7};
  random.fill(input, cv::RNG::UNIFORM, 0, 1);
  net.setInput(input);
  std::vector<cv::Mat> out;
  net.forward(out, net.getUnconnectedOutLayersNames());
  for (auto& o : out) o = o.clone();
  return out;
}

/// Poses of the first faces of a clip.
std::vector<std::pair<Timestamp, HeadPose>> poses(const std::filesystem::path& file, Duration until,
                                                  double rate = 5) {
  FindHeadPose find{{.rate = rate}};
  std::vector<std::pair<Timestamp, HeadPose>> all;
  for (const auto& seen : run_stage(find, test::frames_of(file, until)))
    if (!seen.faces.empty() && seen.faces[0].pose) all.emplace_back(seen.time, *seen.faces[0].pose);
  return all;
}

}  // namespace

TEST_CASE("what OpenCV cannot load is rewritten so that every output stays as it was") {
  const auto folder = test::models("rewriting models");
  if (!folder) return;
  for (const auto& model : {std::pair{"face_landmark_mp468", 192},
                            {"iris_landmark_mp", 64},
                            {"picodet_s_416", 416},
                            {"mobilefacenet_foamliu", 112}}) {
    const char* const name = model.first;
    const int side = model.second;
    CAPTURE(name);
    const auto original = bytes_of(*folder / (std::string{name} + ".onnx"));
    CHECK_THROWS(cv::dnn::readNetFromONNX(reinterpret_cast<const char*>(original.data()), original.size()));
    const auto ours = outputs(vision::load_net(original, name, vision::Layers::opencv), {1, 3, side, side});
    const auto known =
        outputs(cv::dnn::readNetFromONNX((*folder / (std::string{name} + "_cv46.onnx")).string()),
                {1, 3, side, side});
    REQUIRE(ours.size() == known.size());
    for (std::size_t i = 0; i < ours.size(); ++i) CHECK(cv::norm(ours[i], known[i], cv::NORM_INF) == 0);
  }
  const std::string text = "no model";
  CHECK_THROWS_AS((void)vision::load_net(std::as_bytes(std::span{text}), "text"), Error);
  CHECK_THROWS_AS((void)vision::load_net({}, "nothing"), Error);
}

TEST_CASE("a model in another's place is refused") {
  const auto folder = test::models("another model");
  if (!folder) return;
  const auto iris = bytes_of(*folder / "iris_landmark_mp.onnx");
  CHECK_THROWS_AS(vision::HeadPoseFinder{iris}, Error);
}

TEST_CASE("yaw follows a head that turns") {
  const auto data = test::test_data("a turning head");
  const auto folder = test::models("a turning head");
  if (!data || !folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  const auto seen =
      poses(*data / "behaviour/videos/samplevideos__head-pose-face-detection-female.gif", 10s, 0);
  CHECK(seen.size() >= 22);
  // As labelled, to the middle of what is said.
  double off = 0;
  int compared = 0;
  for (const auto& [time, pose] : seen) {
    const double t = seconds(time);
    const auto near = [&](double at) { return std::abs(t - at) < 0.045; };
    double truth = 0;
    if (t < 0.5)
      truth = 39.5;
    else if (t > 0.97 && t < 1.33)
      truth = -23;
    else if (near(0.7))
      truth = 9;
    else if (near(0.8))
      truth = -10;
    else if (near(1.5))
      truth = -5;
    else if (near(1.8))
      truth = 20;
    else
      continue;
    off += std::abs(pose.yaw - truth);
    ++compared;
    CHECK(std::abs(pose.pitch) < 12);
    CHECK(std::abs(pose.roll) < 12);
  }
  REQUIRE(compared >= 12);
  MESSAGE("mean error of yaw ", off / compared, " degrees over ", compared, " pictures");
  CHECK(off / compared <= 6);
}

TEST_CASE("who looks into the camera is seen from the front") {
  const auto data = test::test_data("frontal heads");
  const auto folder = test::models("frontal heads");
  if (!data || !folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  for (const char* file : {"ProctoringAI__center_left_center.mp4", "samplevideos__book.mkv",
                           "samplevideos__walk.mkv", "samplevideos__school.mkv"}) {
    CAPTURE(file);
    const auto seen = poses(*data / "behaviour/videos" / file, 4s);
    double yaw = 0, pitch = 0;
    for (const auto& [time, pose] : seen) yaw += std::abs(pose.yaw), pitch += std::abs(pose.pitch);
    REQUIRE(seen.size() >= 10);
    const auto n = static_cast<double>(seen.size());
    MESSAGE(file, ": mean |yaw| ", yaw / n, ", mean |pitch| ", pitch / n);
    CHECK(yaw / n < 10);
    CHECK(pitch / n < 12);
  }
}

TEST_CASE("five points that are drawn from a known pose give it back") {
  // The head of five points, turned by hand and seen from afar by the same camera.
  const std::vector<cv::Point3d> head{
      {-0.331, 0, 0.1}, {0.331, 0, 0.1}, {0, -0.365, 0.355}, {-0.281, -0.67, 0.152}, {0.281, -0.67, 0.152}};
  for (const double yaw : {-70.0, -30.0, 0.0, 45.0}) {
    const double a = yaw * CV_PI / 180;
    std::array<vision::Point, 5> points;
    for (std::size_t i = 0; i < head.size(); ++i) {
      // To the picture's left edge: what is in front moves left.
      const double x = std::cos(a) * head[i].x - std::sin(a) * head[i].z;
      const double z = std::sin(a) * head[i].x + std::cos(a) * head[i].z;
      const double away = 6 - z;
      points[i] = {static_cast<float>(640 + 1280 * x / away),
                   static_cast<float>(360 - 1280 * head[i].y / away)};
    }
    const auto pose = vision::pose_of(points, cv::Size{1280, 720});
    REQUIRE(pose);
    CHECK(pose->yaw == doctest::Approx(yaw).epsilon(0.01));
    CHECK(std::abs(pose->pitch) < 0.5);
    CHECK(std::abs(pose->roll) < 0.5);
  }
  CHECK_FALSE(vision::pose_of(std::array<vision::Point, 5>{}, cv::Size{1280, 720}));
}

TEST_CASE("without its model there is no pose, and that is said") {
  const test::TemporaryFolder empty;
  const test::Environment models{"INVIGIL_MODELS", empty.path().string()};
  const test::Environment data{"XDG_DATA_HOME", empty.path().string()};
  FindHeadPose find;
  CHECK(find.detector() == "none");
  Image image{64, 48};
  const auto seen = run_stage(find, {test::frame_of(image)});
  REQUIRE(seen.size() == 1);
  for (const auto& face : seen[0].faces) CHECK_FALSE(face.pose);
  CHECK_THROWS_AS(FindHeadPose({.rate = -1}), Error);
  CHECK_THROWS_AS(FindHeadPose({.confidence = 2}), Error);
}
