// Concealing of document numbers: the only way from a `RawFrame` to a `Frame`.
#pragma once

#include <invigil/export.hpp>
#include <invigil/frame.hpp>
#include <invigil/stream.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace invigil {

/// What is covered on a document that was found. Nothing is not an option. What is uncertain is covered by
/// all three: a document that is small, turned fast, partly hidden or just found is covered whole.
///
/// `numbers` and `all_but_portrait_and_name`: all but the portrait and the name field of a passport whose
/// machine readable zone was read; they are one in this version, since digits elsewhere on a document are not
/// told from words surely enough. `whole_document`: all.
enum class Cover : std::uint8_t { numbers, all_but_portrait_and_name, whole_document };

struct RedactIdCardOptions {
  /// Default: the numbers, with everything that is uncertain.
  Cover cover = Cover::numbers;
  /// Frames are held back this long, so that a document that is found now is covered from its first
  /// appearance on. 0 to 5 s; memory is 1.4 MB a frame at 720p. Default: 0.5 s.
  Duration look_back = std::chrono::milliseconds{500};
  /// After the last sight of a document its place stays covered this long. 0 to 60 s. Default: 0.5 s.
  Duration hold = std::chrono::milliseconds{500};
  /// The net looks at every n-th frame, and at every frame for a while once something was seen. Default: 4.
  int every = 4;
};

class RedactIdCard;
namespace idcard {
RedactIdCard for_detectors(Cover cover);  // the library's own, for frames that only detectors see
}

/// Finds identity documents and fills their numbers with one solid colour, in every frame. One frame out for
/// every frame in, same order and times. Deterministic. See lib/idcard/README.md for the method and its
/// limits.
class INVIGIL_API RedactIdCard final : public Stage<RawFrame, Frame> {
 public:
  /// Throws `Error{argument}` for options out of range.
  explicit RedactIdCard(RedactIdCardOptions options = {});
  ~RedactIdCard() override;
  RedactIdCard(RedactIdCard&&) noexcept;
  RedactIdCard& operator=(RedactIdCard&&) noexcept;

  void process(RawFrame frame, const Emit<Frame>& emit) override;
  void finish(const Emit<Frame>& emit) override;
  [[nodiscard]] Timestamp horizon(Timestamp seen) const override;
  [[nodiscard]] std::string name() const override { return "redact id card"; }

 private:
  friend RedactIdCard idcard::for_detectors(Cover cover);
  struct Impl;
  explicit RedactIdCard(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A still picture in which documents are concealed.
struct RedactedStill {
  /// height * width * 3 bytes, without row padding. Outside the covered places every byte is the input's.
  std::vector<std::uint8_t> rgb;
  /// What was covered; empty when no document was found.
  std::vector<ConcealedDocument> concealed;
};

/// Finds documents in one picture, at all sizes, and covers them. rgb: packed 8-bit RGB, `stride` bytes a
/// row; it is not changed. Takes about 0.1 s for a picture of 12 megapixels. Throws `Error{argument}` unless
/// 1 <= width, height <= 16384.
[[nodiscard]] INVIGIL_API RedactedStill redact_still(const std::uint8_t* rgb, int width, int height,
                                                     std::ptrdiff_t stride, RedactIdCardOptions options = {});

/// Lets a frame pass as it is. A recording that takes such frames says so in its policy member. For footage
/// that cannot show a document, and for tests.
class INVIGIL_API KeepUnredacted final : public Stage<RawFrame, Frame> {
 public:
  void process(RawFrame frame, const Emit<Frame>& emit) override;
  [[nodiscard]] std::string name() const override { return "keep unredacted"; }
};

}  // namespace invigil
