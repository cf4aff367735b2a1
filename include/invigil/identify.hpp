// The identity step: a document is shown to the camera, a redacted still of it and a portrait are kept.
#pragma once

#include <invigil/concealed.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/frame.hpp>
#include <invigil/io.hpp>
#include <invigil/stream.hpp>

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

struct IdentifiedDocument {
  /// By the machine readable zone; `unknown` without one.
  DocumentType type = DocumentType::unknown;
  /// Straightened. All is covered with one colour but the portrait and, on passports, the name.
  RgbPicture still;
  /// Whether the second look found no number in what was left open; where it does, that is covered too.
  bool numbers_concealed = false;
  int mrz_checks_passed = 0;  ///< Check digits of the machine readable zone that fit ...
  int mrz_checks = 0;         ///< ... of so many; 0 without a zone. Its text is kept nowhere.
  /// How likely its portrait and the candidate are the same person, 0 to 1: for staff, never a verdict.
  /// Nothing when there is no model, no portrait or no candidate to compare.
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

struct IdentifyOptions {
  /// 1, or 2 for a statement of registration with a passport or identity card. Default: 1.
  int documents = 1;
  /// Good views are compared for so long, and the sharpest and most frontal is kept. 0 to 10 s. Default: 1 s.
  Duration settle = std::chrono::seconds{1};
};

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
