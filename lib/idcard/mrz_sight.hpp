// What is known of a machine readable zone that was read: everything but its text.
#pragma once

#include "idcard/geometry.hpp"

#include <invigil/concealed.hpp>

#include <cstdint>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// ICAO 9303: cards of 85.6 x 54 mm (part 5), of 105 x 74 mm (part 6), passports (part 4), visas (part 7).
/// The French identity card of 1988 to 2021 has the size of a TD2 and a layout of its own.
enum class MrzFormat : std::uint8_t { td1, td2, td3, mrv_a, mrv_b, french_id };

/// Millimetres.
struct PageSize {
  double width = 0, height = 0;
};
[[nodiscard]] PageSize page_size(MrzFormat format);

struct MrzSight {
  MrzFormat format = MrzFormat::td3;
  DocumentType type = DocumentType::unknown;  ///< By the first letters.
  int checks_passed = 0;                      ///< Check digits that fit ...
  int checks = 0;                             ///< ... of so many in the format.
  float confidence = 0;                       ///< Of the characters, their geometric mean, 0..1.
  float pitch = 0;                            ///< Pixels between characters, the median.
  bool mirrored = false;                      ///< As webcams show it to whom they film.
  Polygon zone;                               ///< Around the characters, in pixels of the picture.
  /// From millimetres of the page (x right, y down from its upper left corner as it is read) to pixels,
  /// by the places that ICAO 9303 gives to the characters (tolerances there are 1 mm) and Note [why a
  /// camera].
  cv::Matx33d page = cv::Matx33d::eye();
  float residual = 0;  ///< Of the characters' places against `page`: root mean square, pixels.

  /// Whether this cannot well be anything else: chance passes one check digit in ten.
  [[nodiscard]] bool sure() const;
  /// Where a passport has its holder's names and no number, in pixels of the picture: x 39 to 70 mm, y 14 to
  /// 31 mm (the names and labels of thirty specimens lie there, right of the portrait and above the dates).
  /// Empty for other formats, and where the page's pose is not known well.
  [[nodiscard]] Polygon name_field() const;
  /// The corners of the page, `margin` millimetres outside it, in pixels of the picture.
  [[nodiscard]] Polygon outline(double margin = 0) const;
  /// What is covered when nothing else is known of the document: the page with 4 mm around it, since its pose
  /// is extrapolated, and the zone, as far as they are in the picture; empty when they are not.
  [[nodiscard]] Polygon cover(cv::Size picture) const;
};

}  // namespace invigil::idcard
