// What redaction concealed in a picture, and why.
#pragma once

#include <invigil/export.hpp>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace invigil {

struct Point {
  float x = 0;  ///< Pixels from the left edge.
  float y = 0;  ///< Pixels from the top edge.
};

enum class DocumentType : std::uint8_t {
  unknown,
  passport,
  id_card,
  residence_permit,
  visa,
  driving_licence,
  lu_card,
  ov_card,
  statement
};
/// Why a region is covered in this very frame: just detected; followed from a detection; kept because the
/// track was lost a moment ago; covered backwards in time because it was detected later.
enum class ConcealState : std::uint8_t { found, tracked, held, look_back };
enum class ConcealedField : std::uint8_t { whole, mrz, document_number, bsn, can, card_number, barcode };

/// One covered quadrilateral, in pixels of the frame. Every sample inside is constant.
struct ConcealedQuad {
  ConcealedField what = ConcealedField::whole;
  std::array<Point, 4> points{};
};

struct ConcealedDocument {
  DocumentType type = DocumentType::unknown;
  ConcealState state = ConcealState::found;
  std::vector<ConcealedQuad> quads;
  /// It may have been visible already in frames before this one, which had left: `look_back` was too short.
  bool late = false;
};

/// What a concealed sample is: dark grey, without colour, in limited and full range.
inline constexpr std::uint8_t concealed_luma = 60;
inline constexpr std::uint8_t concealed_chroma = 128;

[[nodiscard]] INVIGIL_API std::string_view to_string(DocumentType type) noexcept;
[[nodiscard]] INVIGIL_API std::string_view to_string(ConcealState state) noexcept;
[[nodiscard]] INVIGIL_API std::string_view to_string(ConcealedField field) noexcept;

}  // namespace invigil
