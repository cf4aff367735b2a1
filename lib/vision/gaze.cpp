// Gaze: each eye is cut out level and of one size, and the net says where its iris is between its corners.
#include "vision/gaze.hpp"

#include "vision/model_store.hpp"
#include "vision/pixels.hpp"
#include "vision/plain_onnx.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <opencv2/imgproc.hpp>

// Note [gaze]
//
// An eye's offset is how far its iris lies from the middle between the corners, in widths of the eye. The net
// knows left eyes; the right one is shown to it mirrored. Both eyes turn to the same side, so that the
// offsets in the picture are alike: their mean is the gaze. Where they differ by more than a fifth of an eye
// one of them is covered by a glare, hair or the bridge of the nose, and nothing is told.
//
// A lid that is down hides the iris, and the net then invents one. An eye less than an eighth as high as wide
// (by FaceMesh) is closed; people read with a fifth.

namespace invigil::vision {

namespace {

constexpr const char* model = "iris";
constexpr int side = 64;
/// The square that the net expects, in widths of the eye: MediaPipe's.
constexpr double margin = 2.3;
constexpr double smallest_eye = 12;  ///< Pixels of the picture; below, an iris is four pixels wide.
constexpr double closed = 0.125, disagree = 0.2;
constexpr float fits = 0.5F;
constexpr std::size_t contour_points = 71, iris_points = 5;
constexpr std::size_t one_corner = 0, other_corner = 8;  ///< In the net's contour.

/// Of FaceMesh: corners from left to right in the picture, and the middle of the lids.
struct Eye {
  std::size_t left, right, upper, lower;
  bool mirrored;
};
constexpr std::array<Eye, 2> eyes{{{33, 133, 159, 145, true}, {362, 263, 386, 374, false}}};

double distance(const Point& a, const Point& b) { return std::hypot(a.x - b.x, a.y - b.y); }

/// From the picture to the net's square.
cv::Mat square_around(const Point& left, const Point& right, bool mirrored) {
  const double scale = side / (margin * distance(left, right));
  const double lean = std::atan2(right.y - left.y, right.x - left.x);
  const double c = scale * std::cos(lean), s = scale * std::sin(lean);
  const double x = (left.x + right.x) / 2.0, y = (left.y + right.y) / 2.0;
  const double sign = mirrored ? -1 : 1;
  return cv::Mat(cv::Matx23d{sign * c, sign * s, side / 2.0 - sign * (c * x + s * y), -s, c,
                             side / 2.0 + s * x - c * y});
}

}  // namespace

struct GazeFinder::Impl {
  cv::dnn::Net net;
  const std::array<NetOutput, 2> outputs{
      {{"output_eyes_contours_and_brows", 3 * contour_points}, {"output_iris", 3 * iris_points}}};

  /// Positive to the right of the picture.
  std::optional<double> offset(const Image& image, const FaceMesh& mesh, const Eye& eye) {
    const Point left = mesh.points[eye.left], right = mesh.points[eye.right];
    const double width = distance(left, right);
    if (!(width >= smallest_eye)) return std::nullopt;
    if (distance(mesh.points[eye.upper], mesh.points[eye.lower]) < closed * width) return std::nullopt;
    const cv::Mat map = square_around(left, right, eye.mirrored);
    if (!cv::checkRange(map)) return std::nullopt;
    const auto out = run_net(net, rgb_patch(image, map, {side, side}) / 255, outputs, model);
    const auto* contour = out[0].ptr<float>();
    const auto point = [](const float* of, std::size_t index) {
      return Point{of[3 * index], of[3 * index + 1]};
    };
    const Point a = point(contour, one_corner), b = point(contour, other_corner);
    const Point iris = point(out[1].ptr<float>(), 0);
    const double wide = distance(a, b);
    if (!(wide > side / margin / 2)) return std::nullopt;
    const double along =
        ((iris.x - (a.x + b.x) / 2.0) * (b.x - a.x) + (iris.y - (a.y + b.y) / 2.0) * (b.y - a.y)) /
        (wide * wide) * (b.x >= a.x ? 1 : -1);
    return eye.mirrored ? -along : along;
  }
};

GazeFinder::GazeFinder(std::span<const std::byte> onnx) : impl_(std::make_unique<Impl>()) {
  prepare_opencv();
  impl_->net = load_net(onnx, model);
  const int shape[] = {1, 3, side, side};
  (void)run_net(impl_->net, cv::Mat(4, shape, CV_32F, cv::Scalar(0)), impl_->outputs, model);
}
GazeFinder::~GazeFinder() = default;
GazeFinder::GazeFinder(GazeFinder&&) noexcept = default;
GazeFinder& GazeFinder::operator=(GazeFinder&&) noexcept = default;

std::optional<float> GazeFinder::look(const Image& image, const FaceMesh& mesh) {
  if (mesh.certainty < fits) return std::nullopt;
  const auto one = impl_->offset(image, mesh, eyes[0]);
  if (!one) return std::nullopt;
  const auto other = impl_->offset(image, mesh, eyes[1]);
  if (!other || std::abs(*one - *other) > disagree) return std::nullopt;
  return static_cast<float>(std::clamp((*one + *other) / 2, -1.0, 1.0));
}

std::unique_ptr<GazeFinder> make_gaze_finder() {
  const auto onnx = load_model(model);
  return onnx ? std::make_unique<GazeFinder>(*onnx) : nullptr;
}

}  // namespace invigil::vision
