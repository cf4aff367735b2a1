// What the identity step keeps: redacted stills, a portrait, and what was checked.
#pragma once

#include <invigil/concealed.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/io.hpp>
#include <invigil/observation.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace invigil {

/// Packed 8-bit RGB, height * width * 3 bytes; empty when there is none.
struct RgbPicture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;
};

/// A part of a still that is not covered.
struct ShownPart {
  enum class What : std::uint8_t { portrait, name, words };
  What what = What::words;
  Box box;  ///< In pixels of the still.
};
[[nodiscard]] INVIGIL_API std::string_view to_string(ShownPart::What what) noexcept;

struct IdentifiedDocument {
  /// By the machine readable zone; `statement` where one was asked for; else by what is printed on it
  /// ("Rijbewijs", "Driving licence", ...), if Tesseract could read that; else `unknown`.
  DocumentType type = DocumentType::unknown;
  /// Straightened. All is covered with one colour but `shown`.
  RgbPicture still;
  std::vector<ShownPart> shown;
  /// Where the still's corners were in the frame that it was taken from: upper left, then clockwise.
  std::array<Point, 4> corners{};
  /// Whether the second look found no number in what was left open; where it does, that is covered too.
  bool numbers_concealed = false;
  int mrz_checks_passed = 0;  ///< Check digits of the machine readable zone that fit ...
  int mrz_checks = 0;         ///< ... of so many; 0 without a zone. Its text is kept nowhere.
  /// How likely its portrait and the candidate are the same person, 0 to 1, if both were equally likely
  /// before: for staff, never a verdict. A logistic curve over MobileFaceNet's cosine, one half at its
  /// authors' threshold of 0.29. On 600 pairs of 25 pictures of 9 persons, one of each pair made to look
  /// printed, its expected calibration error was 0.05 and 98 % of both kinds fell on their side of it
  /// (benchmarks/same_person.py); portraits that are years old were not among them. Nothing when there is no
  /// model, no portrait or no candidate to compare.
  std::optional<double> same_person;
};

struct Identified {
  std::vector<IdentifiedDocument> documents;
  RgbPicture portrait;      ///< Of the candidate; documents in it are covered.
  std::string second_look;  ///< What looked for numbers: "tesseract (ocrb)" or "own glyph reader".
  std::string compared_by;  ///< "mobilefacenet", or why nothing was compared.
  Flag milestone;           ///< "identified".
};

/// Documents below each other and the portrait to their right, on white: one picture to look at.
[[nodiscard]] INVIGIL_API RgbPicture sheet_of(const Identified& identified);
/// Writes a PNG file; the caller closes `out`. Throws `Error{argument}` for an empty picture, or what `out`
/// throws.
INVIGIL_API void write_png(const RgbPicture& picture, ByteSink& out);

}  // namespace invigil
