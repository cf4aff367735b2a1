// What is kept of a document.
#pragma once

#include "identity/document_view.hpp"
#include "identity/second_look.hpp"

#include <invigil/identify.hpp>

namespace invigil::identity {

/// The straightened page, covered but for windows that hold no number: the portrait where a face is, and on
/// passports the name. A window in which the second look sees a number is closed too.
[[nodiscard]] IdentifiedDocument kept(const DocumentView& view, SecondLook& look);

/// `rgb` as a picture that owns its pixels.
[[nodiscard]] RgbPicture picture_of(const cv::Mat& rgb);

}  // namespace invigil::identity
