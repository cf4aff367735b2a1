// Head pose: FaceMesh's points and a head that is known in three dimensions, brought together.
#include "vision/head_pose.hpp"

#include "vision/model_store.hpp"
#include "vision/pixels.hpp"
#include "vision/plain_onnx.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <opencv2/calib3d.hpp>
#include <opencv2/imgproc.hpp>

// Note [the head]
//
// Both heads are our own: the first is the mean of FaceMesh's own three-dimensional output on 82 faces of
// public pictures and videos, brought together by Procrustes' method and made symmetric; of its points those
// 27 were taken that lie on bone, keep their place when a face moves, and reach far enough apart. The second
// is where YuNet's five points lie on that head, by least squares over 85 faces (YuNet puts the tip of the
// nose lower than anatomy does). Both in widths of the face from outer corner of the eye to outer corner,
// seen from the front: x to the right of the picture, y up, z to the camera. A head is upright when the line
// from hairline to chin is: that is where pitch is zero.
//
// Note [which points]
//
// On faces that are seen from the front the mesh is the better measure by far. On profiles it gives up, or
// reads too little of the turn, while the five points still say how far it goes. So between 35 and 50 degrees
// the five points take over where they read more, and where the mesh does not fit at all they speak alone, if
// they say "profile" (else something covers the face: no pose).

namespace invigil::vision {

namespace {

constexpr const char* model = "facemesh-468";
constexpr int side = 192;
/// The square that the net expects: MediaPipe's, half as large again as the face's box, level with the eyes.
constexpr double margin = 1.5;
/// Below, the mesh is not where a face is.
constexpr float fits = 0.5F;
constexpr double profile = 45, takes_over_from = 35, takes_over_until = 50;

struct OnHead {
  std::size_t index;
  cv::Point3f place;
};

constexpr std::size_t rigid = 27;
const std::array<OnHead, rigid>& head_of_mesh() {
  static const std::array<OnHead, rigid> points{{
      {168, {0.000F, 0.068F, 0.237F}},    // bridge of the nose, downwards
      {6, {0.000F, -0.013F, 0.292F}},     //
      {197, {0.000F, -0.084F, 0.352F}},   //
      {195, {0.000F, -0.151F, 0.418F}},   //
      {5, {0.000F, -0.221F, 0.484F}},     //
      {4, {0.000F, -0.307F, 0.517F}},     // tip
      {1, {0.000F, -0.378F, 0.498F}},     //
      {2, {0.000F, -0.457F, 0.338F}},     // below the nose
      {8, {0.000F, 0.150F, 0.233F}},      // forehead, upwards
      {9, {0.000F, 0.244F, 0.238F}},      //
      {151, {0.000F, 0.423F, 0.196F}},    //
      {10, {0.000F, 0.591F, 0.144F}},     // hairline
      {33, {-0.500F, 0.000F, 0.000F}},    // outer and inner corners of the eyes
      {263, {0.500F, 0.000F, 0.000F}},    //
      {133, {-0.196F, -0.008F, 0.062F}},  //
      {362, {0.196F, -0.008F, 0.062F}},   //
      {98, {-0.195F, -0.436F, 0.247F}},   // wings of the nose
      {327, {0.195F, -0.436F, 0.247F}},   //
      {129, {-0.236F, -0.366F, 0.202F}},  //
      {358, {0.236F, -0.366F, 0.202F}},   //
      {117, {-0.581F, -0.170F, 0.009F}},  // cheekbones
      {346, {0.581F, -0.170F, 0.009F}},   //
      {50, {-0.546F, -0.332F, 0.087F}},   //
      {280, {0.546F, -0.332F, 0.087F}},   //
      {54, {-0.651F, 0.375F, -0.189F}},   // temples
      {284, {0.651F, 0.375F, -0.189F}},   //
      {199, {0.000F, -1.087F, 0.248F}},   // chin
  }};
  return points;
}

const std::vector<cv::Point3f>& head_of_five() {
  static const std::vector<cv::Point3f> points{{-0.331F, 0.000F, 0.100F},
                                               {0.331F, 0.000F, 0.100F},
                                               {0.000F, -0.365F, 0.355F},
                                               {-0.281F, -0.670F, 0.152F},
                                               {0.281F, -0.670F, 0.152F}};
  return points;
}

double degrees(double radians) { return radians * 180 / std::numbers::pi; }

/// Turns about axes in this order: yaw about the upright, pitch, roll about the line of sight of the face.
/// `turn` is in the axes of the note.
HeadPose angles(const cv::Matx33d& turn) {
  const cv::Vec3d up{turn(0, 1), turn(1, 1), turn(2, 1)}, forward{turn(0, 2), turn(1, 2), turn(2, 2)};
  const double to_the_right = std::atan2(forward[0], forward[2]);
  const cv::Vec3d level{std::cos(to_the_right), 0, -std::sin(to_the_right)};
  const cv::Vec3d upright = forward.cross(level);
  return {.yaw = static_cast<float>(-degrees(to_the_right)),
          .pitch = static_cast<float>(degrees(std::asin(std::clamp(forward[1], -1.0, 1.0)))),
          .roll = static_cast<float>(degrees(std::atan2(up.dot(level), up.dot(upright))))};
}

/// Perspective-n-point: SQPnP (Terzakis and Lourakis, ECCV 2020), then refined. The camera is taken to see 53
/// degrees across the picture's longer side, as webcams do within a quarter.
std::optional<HeadPose> solve(std::vector<cv::Point3f> head, const std::vector<cv::Point2f>& seen,
                              cv::Size picture) {
  for (auto& p : head) p = {p.x, -p.y, -p.z};  // OpenCV: y down, z away
  const double focal = std::max(picture.width, picture.height);
  const cv::Matx33d camera{focal, 0, picture.width / 2.0, 0, focal, picture.height / 2.0, 0, 0, 1};
  cv::Vec3d rotation, place;
  cv::Matx33d turn;
  try {
    if (!cv::solvePnP(head, seen, camera, cv::noArray(), rotation, place, false, cv::SOLVEPNP_SQPNP))
      return std::nullopt;
    cv::solvePnPRefineLM(head, seen, camera, cv::noArray(), rotation, place);
    cv::Rodrigues(rotation, turn);
  } catch (const cv::Exception&) {  // points in one place have no pose
    return std::nullopt;
  }
  if (!cv::checkRange(turn)) return std::nullopt;
  const auto axes = cv::Matx33d::diag({1, -1, -1});
  return angles(axes * turn * axes);
}

bool has_points(const FoundFace& face) {
  return std::ranges::any_of(face.points, [](const Point& p) { return p.x != 0 || p.y != 0; });
}

/// From the picture to the net's square.
cv::Mat square_around(const FoundFace& face) {
  const auto& [right_eye, left_eye, nose, right_mouth, left_mouth] = face.points;
  const double lean = std::atan2(left_eye.y - right_eye.y, left_eye.x - right_eye.x);
  const double scale = side / (margin * std::max(face.box.width, face.box.height));
  const double c = scale * std::cos(lean), s = scale * std::sin(lean);
  const double x = face.box.x + face.box.width / 2, y = face.box.y + face.box.height / 2;
  return cv::Mat(cv::Matx23d{c, s, side / 2.0 - c * x - s * y, -s, c, side / 2.0 + s * x - c * y});
}

float blend(float from, float to, double share) { return from + static_cast<float>(share) * (to - from); }

}  // namespace

struct HeadPoseFinder::Impl {
  cv::dnn::Net net;
  const std::array<NetOutput, 2> outputs{{{"conv2d_20", FaceMesh::size * 3}, {"conv2d_30", 1}}};

  std::vector<cv::Mat> run(const cv::Mat& rgb) { return run_net(net, rgb / 255, outputs, model); }
};

HeadPoseFinder::HeadPoseFinder(std::span<const std::byte> onnx) : impl_(std::make_unique<Impl>()) {
  prepare_opencv();
  impl_->net = load_net(onnx, model);
  const int shape[] = {1, 3, side, side};
  (void)impl_->run(
      cv::Mat(4, shape, CV_32F, cv::Scalar(0)));  // another net is found out now, not in the exam
}
HeadPoseFinder::~HeadPoseFinder() = default;
HeadPoseFinder::HeadPoseFinder(HeadPoseFinder&&) noexcept = default;
HeadPoseFinder& HeadPoseFinder::operator=(HeadPoseFinder&&) noexcept = default;

std::optional<FaceMesh> HeadPoseFinder::mesh(const Image& image, const FoundFace& face) {
  if (!has_points(face)) return std::nullopt;
  const cv::Mat map = square_around(face);
  if (!cv::checkRange(map)) return std::nullopt;
  const auto out = impl_->run(rgb_patch(image, map, {side, side}));
  cv::Mat back;
  cv::invertAffineTransform(map, back);
  const auto* b = back.ptr<double>();
  FaceMesh mesh;
  for (std::size_t i = 0; i < FaceMesh::size; ++i) {
    const double x = out[0].ptr<float>()[3 * i], y = out[0].ptr<float>()[3 * i + 1];
    mesh.points[i] = {static_cast<float>(b[0] * x + b[1] * y + b[2]),
                      static_cast<float>(b[3] * x + b[4] * y + b[5])};
  }
  mesh.certainty = 1 / (1 + std::exp(-out[1].ptr<float>()[0]));
  return mesh;
}

std::optional<HeadPose> HeadPoseFinder::look(const Image& image, const FoundFace& face) {
  const auto seen = mesh(image, face);
  return seen ? pose_of(*seen, face, {image.width(), image.height()}) : std::nullopt;
}

std::optional<HeadPose> pose_of(const FaceMesh& mesh, const FoundFace& face, cv::Size picture) {
  const auto five = pose_of(face.points, picture);
  if (mesh.certainty < fits) return five && std::abs(five->yaw) > profile ? five : std::nullopt;
  auto pose = pose_of(mesh, picture);
  if (!pose || !five) return pose;
  const double turned = std::abs(pose->yaw);
  if (five->yaw * pose->yaw < 0 || std::abs(five->yaw) < std::max(turned, profile)) return pose;
  pose->yaw = blend(pose->yaw, five->yaw,
                    std::clamp((turned - takes_over_from) / (takes_over_until - takes_over_from), 0.0, 1.0));
  return pose;
}

std::optional<HeadPose> pose_of(const FaceMesh& mesh, cv::Size picture) {
  std::vector<cv::Point3f> head;
  std::vector<cv::Point2f> seen;
  for (const auto& [index, place] : head_of_mesh()) {
    head.push_back(place);
    seen.emplace_back(mesh.points[index].x, mesh.points[index].y);
  }
  return solve(std::move(head), seen, picture);
}

std::optional<HeadPose> pose_of(const std::array<Point, 5>& points, cv::Size picture) {
  std::vector<cv::Point2f> seen;
  for (const auto& p : points) seen.emplace_back(p.x, p.y);
  return solve(head_of_five(), seen, picture);
}

std::unique_ptr<HeadPoseFinder> make_head_pose_finder() {
  const auto onnx = load_model(model);
  return onnx ? std::make_unique<HeadPoseFinder>(*onnx) : nullptr;
}

}  // namespace invigil::vision
