#include "vision/same_person.hpp"

#include "vision/model_store.hpp"
#include "vision/pixels.hpp"
#include "vision/plain_onnx.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <opencv2/calib3d.hpp>
#include <opencv2/imgproc.hpp>

namespace invigil::vision {

namespace {

constexpr const char* model = "mobilefacenet";
constexpr int side = 112;
constexpr std::size_t length = 128;
// Where eyes, nose and corners of the mouth are in the pictures that such nets are trained on (ArcFace).
// YuNet's order is the candidate's right eye first, which is on the left of the picture.
constexpr std::array<Point, 5> places{
    {{38.29F, 51.70F}, {73.53F, 51.50F}, {56.03F, 71.74F}, {41.55F, 92.37F}, {70.73F, 92.20F}}};
// The net's authors call two faces the same person from a cosine of about 0.29 on (73 degrees); there the
// confidence is one half. A curve fitted to 600 pairs of 9 persons, one of each as if printed, would be
// steeper (19, one half at 0.33; benchmarks/same_person.py), but no better on persons left out (Brier .0081,
// this one .0073), and so few persons, none of them aged, are no reason to be surer.
constexpr double even_cosine = 0.29, steepness = 12;
// Of the pictures that it was trained on, red, green and blue.
constexpr Normal trained_on{{123.675F, 116.28F, 103.53F}, {58.395F, 57.12F, 57.375F}};

/// From the picture to the net's square; empty when the points do not tell.
cv::Mat square_around(const FoundFace& face) {
  if (face.points[0].x == 0 && face.points[1].x == 0) return {};
  std::vector<cv::Point2f> from, to;
  for (std::size_t k = 0; k < places.size(); ++k) {
    from.emplace_back(face.points[k].x, face.points[k].y);
    to.emplace_back(places[k].x, places[k].y);
  }
  return cv::estimateAffinePartial2D(from, to, cv::noArray(), cv::LMEDS);
}

}  // namespace

struct SamePerson::Impl {
  cv::dnn::Net net;

  Embedding embed(cv::Mat blob) {
    normalise(blob, trained_on);
    const std::array<NetOutput, 1> outputs{{{"output0", length}}};
    const auto out = run_net(net, blob, outputs, model)[0];
    return of_length_one({out.ptr<float>(), out.ptr<float>() + out.total()});
  }
};

SamePerson::SamePerson() {
  const auto bytes = load_model(model);
  if (!bytes) return;
  prepare_opencv();
  impl_ = std::make_unique<Impl>();
  impl_->net = load_net(*bytes, model);
}
SamePerson::~SamePerson() = default;
SamePerson::SamePerson(SamePerson&&) noexcept = default;
SamePerson& SamePerson::operator=(SamePerson&&) noexcept = default;

std::optional<Embedding> SamePerson::look(const cv::Mat& rgb, const FoundFace& face) {
  const cv::Mat map = impl_ ? square_around(face) : cv::Mat{};
  if (map.empty()) return std::nullopt;
  cv::Mat cut;
  cv::warpAffine(rgb, cut, map, {side, side}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return impl_->embed(cv::dnn::blobFromImage(cut));
}

std::optional<Embedding> SamePerson::look(const Image& image, const FoundFace& face) {
  const cv::Mat map = impl_ ? square_around(face) : cv::Mat{};
  if (map.empty()) return std::nullopt;
  return impl_->embed(rgb_patch(image, map, {side, side}));
}

double SamePerson::cosine(const Embedding& a, const Embedding& b) {
  if (a.size() != b.size()) return 0;
  return std::clamp(std::inner_product(a.begin(), a.end(), b.begin(), 0.0), -1.0, 1.0);
}

double SamePerson::confidence(const Embedding& a, const Embedding& b) {
  if (a.size() != b.size()) return 0;
  return 1 / (1 + std::exp(-steepness * (cosine(a, b) - even_cosine)));
}

Embedding of_length_one(Embedding e) {
  const double norm = std::sqrt(std::inner_product(e.begin(), e.end(), e.begin(), 1e-12));
  for (auto& x : e) x = static_cast<float>(x / norm);
  return e;
}

}  // namespace invigil::vision
