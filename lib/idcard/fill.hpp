// Covers places with one solid colour.
#pragma once

#include "idcard/geometry.hpp"

#include <invigil/concealed.hpp>
#include <invigil/image.hpp>

#include <cstddef>
#include <cstdint>

namespace invigil::idcard {

// Note [why one colour]
// A blur, a mosaic or noise mixed with the picture can be undone in part, the more so over many frames. One
// constant carries nothing of what was there.
inline constexpr std::uint8_t cover_luma = concealed_luma;
inline constexpr std::uint8_t cover_chroma = concealed_chroma;
inline constexpr std::uint8_t cover_rgb = 60;

/// Fills every 2 x 2 block of luma samples, with its pair of chroma samples, that the convex `quad` (pixels
/// of `image`; corners may lie outside) touches.
void fill(Image& image, const Quad& quad);

/// The same on packed 8-bit RGB, `stride` bytes a row: the same pixels, and no other.
void fill_rgb(std::uint8_t* rgb, int width, int height, std::ptrdiff_t stride, const Quad& quad);

}  // namespace invigil::idcard
