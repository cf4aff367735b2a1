// The identity step: a document is shown to the camera, a redacted still of it and a portrait are kept.
#pragma once

#include <invigil/export.hpp>
#include <invigil/frame.hpp>
#include <invigil/idcard.hpp>
#include <invigil/identified.hpp>
#include <invigil/stream.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
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
