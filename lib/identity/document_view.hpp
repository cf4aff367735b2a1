// One look at a frame: the document in it, and what would make it better.
#pragma once

#include "idcard/mrz_reader.hpp"
#include "identity/wiped.hpp"
#include "vision/faces.hpp"

#include <invigil/identify.hpp>

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::identity {

/// A document in a frame.
struct DocumentView {
  bool statement = false;
  std::optional<idcard::MrzSight> zone;  ///< Surely read.
  idcard::MrzText text;                  ///< Of the zone; wiped with the view.
  idcard::Polygon place;                 ///< In pixels of the frame.
  cv::Matx33d page;                      ///< From millimetres of the page to pixels.
  idcard::PageSize size;
  Wiped straight;  ///< The page, RGB, `scale` pixels a millimetre. Not redacted: it stays in memory.
  double scale = 1;
  std::optional<vision::FoundFace> portrait;  ///< In `straight`.
  double worth = 0;                           ///< Sharpness, less where it leans.
  Guidance wish = Guidance::done;             ///< What would make it better; `done` when nothing must.
};

/// The page's corners in the frame: upper left, then clockwise.
[[nodiscard]] std::array<cv::Point2f, 4> corners_of(const DocumentView& view);

/// Finds documents by their machine readable zone, else by the net and a portrait. Not for concurrent use.
class DocumentFinder {
 public:
  /// faces: may be null; then no portrait is found.
  explicit DocumentFinder(vision::FaceDetector* faces) : faces_(faces) {}
  /// rgb: the frame. covered: places where the net sees documents, in pixels of it.
  [[nodiscard]] std::optional<DocumentView> find(const cv::Mat& rgb,
                                                 const std::vector<ConcealedDocument>& covered);
  /// The same for a statement of registration: a page of paper, which shows no zone.
  [[nodiscard]] std::optional<DocumentView> find_statement(const cv::Mat& rgb);
  /// Whether a printed page is in the picture.
  [[nodiscard]] bool sees_page(const cv::Mat& rgb) const { return page_of_paper(rgb).has_value(); }

 private:
  [[nodiscard]] std::optional<DocumentView> by_zone(const cv::Mat& rgb, const cv::Mat& luma);
  [[nodiscard]] std::optional<DocumentView> by_portrait(const cv::Mat& rgb,
                                                        const std::vector<ConcealedDocument>& covered);
  [[nodiscard]] std::optional<DocumentView> page_of_paper(const cv::Mat& rgb) const;
  void straighten(DocumentView& view, const cv::Mat& rgb) const;
  void judge(DocumentView& view, cv::Size frame);

  vision::FaceDetector* faces_;
  idcard::MrzReader reader_;
  std::optional<cv::Point2f> last_;  ///< Where the document was in the look before.
};

/// The best face in 8-bit RGB; nothing when there is none.
[[nodiscard]] std::optional<vision::FoundFace> best_face(vision::FaceDetector* faces, const cv::Mat& rgb,
                                                         int longest);

}  // namespace invigil::identity
