#include "identity/document_view.hpp"

#include "identity/paper.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace invigil::identity {

namespace {

using namespace idcard;

constexpr float face_confidence = 0.6F;
constexpr double close =
    5;  // pixels between characters, or a twentieth of a card's width, from which on all is legible
constexpr double statement_pitch =
    2.5;                         // millimetres: so 2 pixels a millimetre are close enough for what is large
constexpr double leans = 0.25;   // by how much opposite edges may differ
constexpr double glares = 0.02;  // share of the page that may be white out
constexpr double dark = 50;      // median luma
constexpr double moves = 0.04;   // of the page's width, from look to look
constexpr PageSize card{85.6, 53.98};

cv::Point2f middle(const Polygon& p) {
  cv::Point2f sum;
  for (const auto& q : p) sum += q;
  return sum * (1.0F / static_cast<float>(std::max<std::size_t>(1, p.size())));
}

double length(cv::Point2f v) { return std::hypot(v.x, v.y); }

std::vector<cv::Point2f> flat_corners(PageSize size) {
  const auto w = static_cast<float>(size.width), h = static_cast<float>(size.height);
  return {{0, 0}, {w, 0}, {w, h}, {0, h}};
}

/// 0 for a page that is seen from the front.
double lean(const std::array<cv::Point2f, 4>& c) {
  const auto ratio = [](double a, double b) {
    return std::abs(std::log(std::max(a, 1.0) / std::max(b, 1.0)));
  };
  return std::max(ratio(length(c[1] - c[0]), length(c[2] - c[3])),
                  ratio(length(c[2] - c[1]), length(c[3] - c[0])));
}

double sharpness(const cv::Mat& luma) {
  cv::Mat even, edges;
  cv::resize(luma, even, {480, cvRound(480.0 * luma.rows / luma.cols)}, 0, 0, cv::INTER_AREA);
  cv::Laplacian(even, edges, CV_32F);
  cv::Scalar mean, deviation;
  cv::meanStdDev(edges, mean, deviation);
  return deviation[0] * deviation[0];
}

}  // namespace

std::array<cv::Point2f, 4> corners_of(const DocumentView& view) {
  std::vector<cv::Point2f> seen;
  cv::perspectiveTransform(flat_corners(view.size), seen, view.page);
  std::array<cv::Point2f, 4> result;
  std::copy(seen.begin(), seen.end(), result.begin());
  return result;
}

std::optional<vision::FoundFace> best_face(vision::FaceDetector* faces, const cv::Mat& rgb, int longest) {
  if (!faces) return std::nullopt;
  const auto image = Image::from_rgb(rgb.data, rgb.cols, rgb.rows, static_cast<std::ptrdiff_t>(rgb.step));
  const auto found = faces->detect(image, longest, face_confidence);
  if (found.empty()) return std::nullopt;
  return *std::max_element(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.box.width * a.confidence < b.box.width * b.confidence;
  });
}

void DocumentFinder::straighten(DocumentView& view, const cv::Mat& rgb) const {
  const auto c = corners_of(view);
  const double seen = length(c[1] - c[0]) / view.size.width;
  view.scale = view.statement ? std::clamp(seen, 3.0, 6.0) : std::clamp(seen, 4.0, 12.0);
  const double s = 1 / view.scale;
  const cv::Size size(cvRound(view.size.width * view.scale), cvRound(view.size.height * view.scale));
  cv::Mat straight;
  cv::warpPerspective(rgb, straight, view.page * cv::Matx33d(s, 0, 0, 0, s, 0, 0, 0, 1), size,
                      cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT);
  view.straight = straight;
}

void DocumentFinder::judge(DocumentView& view, cv::Size frame) {
  const auto c = corners_of(view);
  cv::Mat luma;
  cv::cvtColor(*view.straight, luma, cv::COLOR_RGB2GRAY);
  const Wiped wiped{luma};
  const double bend = lean(c);
  view.worth = sharpness(luma) / (1 + 16 * bend * bend);
  const Polygon outline(c.begin(), c.end());
  const float inside = shared_area(
      hull(outline), rectangle(0, 0, static_cast<float>(frame.width), static_cast<float>(frame.height)));
  const double white = cv::countNonZero(luma >= 252) / static_cast<double>(luma.total());
  const double width = length(c[1] - c[0]);
  const double pitch = view.zone        ? static_cast<double>(view.zone->pitch)
                       : view.statement ? width / view.size.width * statement_pitch
                                        : width / 34;
  cv::Mat small;
  cv::resize(luma, small, {32, 32}, 0, 0, cv::INTER_AREA);
  std::vector<std::uint8_t> values(small.begin<std::uint8_t>(), small.end<std::uint8_t>());
  std::nth_element(values.begin(), values.begin() + 512, values.end());
  const auto at = middle(view.place);
  const bool moved = last_ && length(at - *last_) > moves * width;
  last_ = at;
  view.wish = pitch < close                                            ? Guidance::move_closer
              : inside < 0.95F * area(hull(outline))                   ? Guidance::move_back
              : values[512] < dark                                     ? Guidance::more_light
              : white > glares && values[512] < 225 && !view.statement ? Guidance::avoid_glare
              : bend > leans                                           ? Guidance::turn_flat
              : moved                                                  ? Guidance::hold_still
                                                                       : Guidance::done;
}

std::optional<DocumentView> DocumentFinder::by_zone(const cv::Mat& rgb, const cv::Mat& luma) {
  auto read = reader_.read_text(luma);
  if (!read || !read->sight.sure()) return std::nullopt;
  auto& sight = read->sight;
  DocumentView view;
  view.text = read->text;
  view.place = sight.cover(luma.size());
  view.page = sight.page;
  view.size = page_size(sight.format);
  view.zone = std::move(sight);
  straighten(view, rgb);
  view.portrait = best_face(faces_, view.straight, 640);
  return view;
}

/// A document that has no zone, or shows its other side: a place that the net found, the long side lying,
/// with a face in it. Which way is up, the face tells.
std::optional<DocumentView> DocumentFinder::by_portrait(const cv::Mat& rgb,
                                                        const std::vector<ConcealedDocument>& covered) {
  std::optional<DocumentView> best;
  for (const auto& document : covered)
    for (const auto& quad : document.quads) {
      std::vector<cv::Point2f> p;
      for (const auto& q : quad.points) p.emplace_back(q.x, q.y);
      if (length(p[1] - p[0]) < length(p[2] - p[1])) std::rotate(p.begin(), p.begin() + 1, p.end());
      for (int turn = 0; turn < 2; ++turn, std::rotate(p.begin(), p.begin() + 2, p.end())) {
        DocumentView view;
        view.place = hull(p);
        view.size = card;
        view.page = cv::getPerspectiveTransform(flat_corners(card), p);
        straighten(view, rgb);
        view.portrait = best_face(faces_, view.straight, 480);
        if (!view.portrait || view.portrait->box.width > 0.6F * static_cast<float>(view.straight->cols) ||
            view.portrait->box.height > 0.75F * static_cast<float>(view.straight->rows))
          continue;
        if (!best || view.portrait->confidence > best->portrait->confidence) best = std::move(view);
      }
    }
  return best;
}

std::optional<DocumentView> DocumentFinder::find(const cv::Mat& rgb,
                                                 const std::vector<ConcealedDocument>& covered) {
  cv::Mat luma;
  cv::cvtColor(rgb, luma, cv::COLOR_RGB2GRAY);
  const Wiped wiped{luma};
  auto view = by_zone(rgb, luma);
  if (!view) view = by_portrait(rgb, covered);
  if (view)
    judge(*view, rgb.size());
  else
    last_.reset();
  return view;
}

std::optional<DocumentView> DocumentFinder::page_of_paper(const cv::Mat& rgb) const {
  cv::Mat luma;
  cv::cvtColor(rgb, luma, cv::COLOR_RGB2GRAY);
  const Wiped wiped{luma};
  const auto corners = paper_in(luma);
  if (!corners) return std::nullopt;
  DocumentView view;
  view.statement = true;
  view.size = a4;
  view.place.assign(corners->begin(), corners->end());
  view.page = cv::getPerspectiveTransform(flat_corners(a4), view.place);
  straighten(view, rgb);
  if (!holds_text(view.straight)) return std::nullopt;
  return view;
}

std::optional<DocumentView> DocumentFinder::find_statement(const cv::Mat& rgb) {
  auto view = page_of_paper(rgb);
  if (view) {  // identity documents have zones, statements none
    cv::Mat luma;
    cv::cvtColor(rgb, luma, cv::COLOR_RGB2GRAY);
    const Wiped wiped{luma};
    if (const auto sight = reader_.read(luma); sight && sight->sure()) view.reset();
  }
  if (view)
    judge(*view, rgb.size());
  else
    last_.reset();
  return view;
}

}  // namespace invigil::identity
