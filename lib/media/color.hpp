// Conversions between planar YUV and packed RGB, by libswscale.
#pragma once

#include <invigil/image.hpp>

#include <cstddef>
#include <cstdint>

namespace invigil::media {

/// Fills `image` (limited range, BT.601) from packed RGB of its size.
void rgb_to_yuv(const std::uint8_t* rgb, std::ptrdiff_t stride, Image& image);
/// Writes width * height * 3 bytes.
void yuv_to_rgb(const Image& image, std::uint8_t* rgb);

}  // namespace invigil::media
