// Concealing documents in a picture file.
#pragma once

#include <invigil/concealed.hpp>
#include <invigil/export.hpp>
#include <invigil/idcard.hpp>
#include <invigil/io.hpp>

#include <filesystem>
#include <string_view>
#include <vector>

namespace invigil {

/// What was done to a picture.
struct ConcealedStill {
  int width = 0;   ///< After rotation, pixels.
  int height = 0;  ///< After rotation, pixels.
  std::vector<ConcealedDocument> concealed;
};

/// Reads a picture file (PNG, JPEG, TIFF, BMP, WebP), turns it upright, conceals the documents in it and
/// writes it to `out`, without any metadata, because a thumbnail would show what is concealed; the caller
/// closes `out`. `ending`: ".png", ".tif", ".tiff", ".bmp" and ".webp" keep every sample outside the covered
/// places exactly, 16-bit and transparency included where the format has them; ".jpg" and ".jpeg" cannot, and
/// are written at the highest quality. Throws `Error{io}`, `Error{bad_header}` (no picture, damaged),
/// `Error{truncated}` (a JPEG without its end), `Error{unsupported}` (an ending that is none of these, a
/// picture over 16384 pixels, several pages, GIF, samples of neither 8 nor 16 bits).
INVIGIL_API ConcealedStill redact_still_file(const std::filesystem::path& in, ByteSink& out,
                                             std::string_view ending, RedactIdCardOptions options = {});

}  // namespace invigil
