// One document, seen by the net as large as it is.
#pragma once

#include "idcard/net.hpp"
#include "idcard/reveal.hpp"

#include <optional>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// Looks at the document inside `place` (pixels of a picture of size `whole`) in the picture as it came, and
/// says what may be shown of it, in pixels of `whole`. side: the length at which
/// the net sees it; at 288 a character of a passport is 6 pixels wide, as the net knows them best. Nothing
/// when it is no document for sure, or when it is unclear which way it lies. One look is no proof: see
/// `agreed`.
[[nodiscard]] std::optional<Reveal> close_look(Net& net, const cv::Mat& luma, const Polygon& place,
                                               cv::Size whole, int side = 288);

/// The same on maps of a picture, the portrait to about a map pixel; `stride`: its pixels a map pixel;
/// `zoom`: its pixels a pixel of the picture as it came.
[[nodiscard]] std::optional<Reveal> reveal_in(const Maps& maps, float stride, float zoom = 0);

}  // namespace invigil::idcard
