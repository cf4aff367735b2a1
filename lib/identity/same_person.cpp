#include "identity/same_person.hpp"

#include "vision/model_store.hpp"
#include "vision/plain_onnx.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <opencv2/calib3d.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

namespace invigil::identity {

namespace {

constexpr int side = 112;
// Where eyes, nose and corners of the mouth are in the pictures that such nets are trained on (ArcFace).
// YuNet's order is the candidate's right eye first, which is on the left of the picture.
constexpr std::array<vision::Point, 5> places{
    {{38.29F, 51.70F}, {73.53F, 51.50F}, {56.03F, 71.74F}, {41.55F, 92.37F}, {70.73F, 92.20F}}};
// The net's authors call two faces the same person from a cosine of about 0.29 on (73 degrees); there the
// confidence is one half.
constexpr double even_cosine = 0.29, steepness = 12;

}  // namespace

struct SamePerson::Impl {
  cv::dnn::Net net;
};

SamePerson::SamePerson() {
  const auto bytes = vision::load_model("mobilefacenet");
  if (!bytes) return;
  const auto plain = vision::with_clip_attributes(*bytes, "mobilefacenet");
  auto impl = std::make_unique<Impl>();
  try {
    impl->net = cv::dnn::readNetFromONNX(reinterpret_cast<const char*>(plain.data()), plain.size());
  } catch (const cv::Exception& e) {
    throw Error(Errc::model, "mobilefacenet", e.err);
  }
  impl_ = std::move(impl);
}
SamePerson::~SamePerson() = default;

std::optional<Embedding> SamePerson::look(const cv::Mat& rgb, const vision::FoundFace& face) {
  if (!impl_ || (face.points[0].x == 0 && face.points[1].x == 0)) return std::nullopt;
  std::vector<cv::Point2f> from, to;
  for (std::size_t k = 0; k < places.size(); ++k) {
    from.emplace_back(face.points[k].x, face.points[k].y);
    to.emplace_back(places[k].x, places[k].y);
  }
  const cv::Mat map = cv::estimateAffinePartial2D(from, to, cv::noArray(), cv::LMEDS);
  if (map.empty()) return std::nullopt;
  cv::Mat cut, real;
  cv::warpAffine(rgb, cut, map, {side, side}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  cut.convertTo(real, CV_32F, 1 / 255.0);
  real -= cv::Scalar(0.485, 0.456, 0.406);  // as its training did
  cv::divide(real, cv::Scalar(0.229, 0.224, 0.225), real);
  impl_->net.setInput(cv::dnn::blobFromImage(real));
  const cv::Mat out = impl_->net.forward();
  Embedding e(out.ptr<float>(), out.ptr<float>() + out.total());
  const double norm = std::sqrt(std::inner_product(e.begin(), e.end(), e.begin(), 1e-12));
  for (auto& x : e) x = static_cast<float>(x / norm);
  return e;
}

double SamePerson::confidence(const Embedding& a, const Embedding& b) {
  if (a.size() != b.size()) return 0;
  const double cosine = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  return 1 / (1 + std::exp(-steepness * (cosine - even_cosine)));
}

}  // namespace invigil::identity
