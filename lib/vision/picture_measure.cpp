#include "vision/picture_measure.hpp"

#include "vision/pixels.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

// Note [dark or covered]
//
// Both leave nothing to see, but a covered lens is held against the candidate and a dark room is not, so that
// doubt counts as dark. The numbers were measured on real pictures: a picture that shows a room has a
// standard deviation of 8 or more at 160x90 (15 or more where its mean is below 20), and its Laplacian has a
// variance of 8 or more at 320x180 (a dim but usable room: 98).
//
// A cover is uniform: light falls on it or through it evenly, and nothing on it is in focus. So below the
// line for structure, or flat though bright, is covered. In a room without light the camera turns up its
// gain: the picture is black with noise (Laplacian), or has the glow of the screen in it, or the room at a
// thirtieth of its light (deviation at 32x18, where noise is gone: 1 and more). Only black without noise
// and without structure is covered: a privacy shutter, or tape.

namespace invigil::vision {

namespace {

constexpr float black = 20, dim = 40;
constexpr float flat = 8, flat_when_black = 15, uniform = 1;
/// Of the coarse pictures' mean absolute difference; a head that turns in a fifth of a second gives 5.
constexpr double cut = 10;
constexpr float blurred = 8;

cv::Size turned(const Image& image, int longer, int shorter) {
  return image.width() >= image.height() ? cv::Size{longer, shorter} : cv::Size{shorter, longer};
}

float ramp(float x, float from, float to) { return std::clamp((x - from) / (to - from), 0.0F, 1.0F); }

float variance_of_laplacian(const cv::Mat& luma) {
  cv::Mat edges;
  cv::Laplacian(luma, edges, CV_16S);
  cv::Scalar mean, deviation;
  cv::meanStdDev(edges, mean, deviation);
  return static_cast<float>(deviation[0] * deviation[0]);
}

}  // namespace

PictureMeasure measure(const Image& image) {
  const cv::Mat half = small_luma(image, turned(image, 320, 180));
  PictureMeasure picture;
  cv::resize(half, picture.thumbnail, turned(image, 160, 90), 0, 0, cv::INTER_AREA);
  cv::resize(picture.thumbnail, picture.coarse, {32, 18}, 0, 0, cv::INTER_AREA);
  cv::Scalar mean, deviation;
  cv::meanStdDev(picture.thumbnail, mean, deviation);
  picture.mean = static_cast<float>(mean[0]);
  picture.spread = static_cast<float>(deviation[0]);
  picture.sharpness = variance_of_laplacian(half);
  cv::meanStdDev(picture.coarse, mean, deviation);
  picture.structure = static_cast<float>(deviation[0]);
  return picture;
}

PictureState judge(const PictureMeasure& p) {
  const bool smooth = p.sharpness < blurred;
  if (p.mean < black) {
    if (smooth && p.structure < uniform) return PictureState::covered;
    return smooth || p.spread < flat_when_black ? PictureState::dark : PictureState::ok;
  }
  if (smooth) return PictureState::covered;
  if (p.spread >= flat) return PictureState::ok;
  return p.mean < dim ? PictureState::dark : PictureState::covered;
}

float quality_of(const PictureMeasure& p) {
  if (judge(p) != PictureState::ok) return 0;
  return std::min({ramp(p.mean, 10, 30), ramp(p.spread, 6, 14), ramp(p.sharpness, 4, 20)});
}

bool is_cut(const PictureMeasure& before, const PictureMeasure& now) {
  const auto change = change_between(before.coarse, now.coarse);
  return change && double{change->mean} > cut;
}

std::optional<PictureChange> change_between(const cv::Mat& before, const cv::Mat& now) {
  if (before.empty() || before.size() != now.size()) return std::nullopt;
  cv::Mat difference;
  cv::absdiff(before, now, difference);
  double most = 0;
  cv::minMaxLoc(difference, nullptr, &most);
  const auto total = static_cast<float>(now.total());
  return PictureChange{.mean = static_cast<float>(cv::mean(difference)[0]),
                       .identical = 1 - static_cast<float>(cv::countNonZero(difference)) / total,
                       .most = static_cast<float>(most)};
}

}  // namespace invigil::vision
