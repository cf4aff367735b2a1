// What is kept of a document.
#pragma once

#include "identity/document_view.hpp"
#include "identity/second_look.hpp"
#include "identity/words.hpp"

#include <invigil/identify.hpp>

#include <string>
#include <vector>

namespace invigil::identity {

/// Words in capital letters, A to Z, of the name that a machine readable zone tells.
[[nodiscard]] std::vector<std::string> names_in(const idcard::MrzText& text, idcard::MrzFormat format);

/// Decides what stays visible; see `Identify`.
struct Keeper {
  Cover cover = Cover::all_but_portrait_and_name;
  SecondLook second;
  WordReader words;

  /// The straightened page, covered but for windows that hold no number. A window in which the second look
  /// sees one is closed too. names: of the holder, as far as a zone told them. A statement that was held
  /// upside down is turned.
  [[nodiscard]] IdentifiedDocument kept(DocumentView& view, const std::vector<std::string>& names);
};

/// `rgb` as a picture that owns its pixels.
[[nodiscard]] RgbPicture picture_of(const cv::Mat& rgb);

}  // namespace invigil::identity
