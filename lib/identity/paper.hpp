// A sheet of paper in a picture.
#pragma once

#include "idcard/mrz_sight.hpp"

#include <array>
#include <optional>

#include <opencv2/core.hpp>

namespace invigil::identity {

/// ISO 216, millimetres.
inline constexpr idcard::PageSize a4{210, 297};

/// The corners of the largest light sheet with the shape of A4, from one of its corners on clockwise, so that
/// a short side comes first; which of the two, the text must tell. luma: 8-bit. Nothing where no sheet stands
/// out from what is behind it. Fingers over an edge do no harm, over two corners they do.
[[nodiscard]] std::optional<std::array<cv::Point2f, 4>> paper_in(const cv::Mat& luma);

/// Whether there are lines of print on a straightened sheet. rgb: 8-bit.
[[nodiscard]] bool holds_text(const cv::Mat& rgb);

}  // namespace invigil::identity
