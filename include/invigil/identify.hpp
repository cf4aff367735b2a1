// The identity step: a document is shown to the camera, a redacted still of it and a portrait are kept.
#pragma once

#include <invigil/concealed.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/frame.hpp>
#include <invigil/idcard.hpp>
#include <invigil/io.hpp>
#include <invigil/observation.hpp>
#include <invigil/stream.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace invigil {

/// What the candidate should do next.
enum class Guidance : std::uint8_t {
  show_document,
  show_front,
  show_next,
  show_statement,
  show_other,
  move_closer,
  move_back,
  hold_still,
  turn_flat,
  avoid_glare,
  more_light,
  show_face,
  done
};
/// The name, e.g. "move_closer": a key for translations.
[[nodiscard]] INVIGIL_API std::string_view to_string(Guidance guidance) noexcept;
/// A sentence in English.
[[nodiscard]] INVIGIL_API std::string_view advice(Guidance guidance) noexcept;

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

struct IdentifyEvent {
  Timestamp time{};
  Guidance guidance = Guidance::show_document;
  std::shared_ptr<const Identified> identified;  ///< With `done`, once.
};

/// What the candidate is asked for. Nothing tells a statement of registration from other paper, so one is
/// only taken where it is asked for: an A4 page, found by its edges and its lines of text.
enum class Asked : std::uint8_t { identity_document, statement };

struct IdentifyOptions {
  /// One or two, shown one after the other. A statement of registration shows no portrait, so it needs an
  /// identity document beside it. Default: one identity document.
  std::vector<Asked> documents{Asked::identity_document};
  /// A driving licence is the likely mistake: it is not kept, and `show_other` is the advice. Default: false.
  bool driving_licence = false;
  /// What is covered in the stills; see `Identify`. Default: all but portrait and name.
  Cover cover = Cover::all_but_portrait_and_name;
  /// Good views are compared for so long, and the sharpest and most frontal is kept. 0 to 10 s. Default: 1 s.
  Duration settle = std::chrono::seconds{1};
};

/// Shown are, of identity documents, the portrait, the place of the names on passports, and printed words
/// that are in the name that the machine readable zone tells; of statements every word that is surely a word.
/// `Cover::numbers` is the same as yet: other words of identity documents are not proven safe;
/// `whole_document`: none. Digits are never shown, those of dates neither, nor codes. Words need Tesseract
/// with its model "eng": without it none is shown.
///
/// Looks at about 8 frames a second of media time. An event for each change of guidance; the last has what is
/// kept. When the input ends early the best view so far is taken; without any, no event has `identified`.
/// Nothing unredacted leaves it. See lib/identity/README.md for the method and its limits.
class INVIGIL_API Identify final : public Stage<RawFrame, IdentifyEvent> {
 public:
  /// Throws `Error{argument}` for options out of range, `Error{model}` for a model with another digest.
  explicit Identify(IdentifyOptions options = {});
  ~Identify() override;
  Identify(Identify&&) noexcept;
  Identify& operator=(Identify&&) noexcept;
  void process(RawFrame frame, const Emit<IdentifyEvent>& emit) override;
  void finish(const Emit<IdentifyEvent>& emit) override;
  [[nodiscard]] std::string name() const override { return "identify"; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
