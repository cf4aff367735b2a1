// Which parts of a picture the net sees, and when.
#pragma once

#include <cstdint>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// A part of the picture and the zoom at which the net sees it.
struct View {
  cv::Rect part;    ///< In pixels of the picture.
  double zoom = 1;  ///< Pixels of the net's picture per pixel of the camera's; at most 1.
};

/// The whole picture with its longest side brought to `side` pixels, never enlarged.
[[nodiscard]] View whole_view(cv::Size picture, int side);

// Note [why tiles]
// From 3 pixels a character on, numbers can be read. At half of 720p these are 1.5 pixels, the least the net
// knows; the whole of a larger picture at that size would hide small documents from it. So larger pictures
// are also seen in tiles at half size, in turn, so fast that each was seen within the look-back.
/// Overlapping parts of the picture at half size; none for pictures up to about 720p.
[[nodiscard]] std::vector<View> tiles_of(cv::Size picture);

/// Overlapping parts of the picture at three quarters of its size: attention.hpp. None where the net sees the
/// whole about as large.
[[nodiscard]] std::vector<View> fine_tiles_of(cv::Size picture);

/// For stills and first frames: the whole at every size from 320 pixels up to where the smallest legible
/// numbers are seen, each about twice the one before.
[[nodiscard]] std::vector<View> all_views(cv::Size picture);

/// The luma that the net sees in a view.
[[nodiscard]] cv::Mat seen(const cv::Mat& luma, const View& view);

}  // namespace invigil::idcard
