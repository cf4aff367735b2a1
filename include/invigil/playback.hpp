// Reading and checking recordings.
#pragma once

#include <invigil/audio.hpp>
#include <invigil/change.hpp>
#include <invigil/consent.hpp>
#include <invigil/crypto.hpp>
#include <invigil/event.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/frame.hpp>
#include <invigil/io.hpp>
#include <invigil/stream.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace invigil {

enum class RecordingState { whole, unterminated, damaged };
enum class SignerState { checked, not_checked, wrong };

/// That a server saw the beginning of a recording.
struct Cosigned {
  std::string cosigner;             ///< The name in its key.
  std::uint64_t members = 0;        ///< How many, from the first on.
  std::chrono::sys_seconds time{};  ///< When, by its clock: they are not younger.
};

/// What can be said about a recording without any private key.
struct Verification {
  RecordingState state = RecordingState::damaged;
  SignerState signer = SignerState::not_checked;
  std::uint64_t segments = 0;                         ///< Media segments that fit their entries.
  std::vector<std::uint64_t> bad;                     ///< Indices of members that do not.
  std::vector<std::uint64_t> shredded;                ///< Destroyed by choice.
  std::vector<std::pair<Timestamp, Timestamp>> gaps;  ///< Stretches without media since it was recorded.
  std::string message;                                ///< One sentence for a person.
  std::vector<Cosigned> cosigned = {};  ///< The newest of each known cosigner. Only with `VerifyOptions`.
  std::uint64_t missing = 0;            ///< Members at the end that are known from elsewhere; the same.
  /// Members with other recipients than at first. Their payloads are those that were recorded; that the new
  /// keys open them can only be told with one of these (`Playback` does).
  std::vector<std::uint64_t> rewrapped = {};
  /// What was done when and why, in the order of the file. Not signed: see `RecordingChange`.
  std::vector<RecordingChange> changes = {};
  /// Stretches of media that were shredded.
  std::vector<std::pair<Timestamp, Timestamp>> shredded_spans = {};
};

/// Checks structure, hashes, the Merkle tree and signatures. With what was kept elsewhere: verify.hpp.
[[nodiscard]] INVIGIL_API Verification verify(ByteSource& recording);
namespace detail {
[[nodiscard]] INVIGIL_API Verification verify_signer(ByteSource& recording, const std::string& signer);
}
/// Also that `signer`, a registered verifier key, wrote it; empty when none is known. Throws
/// `Error{argument}` when it is no such key. (A template, so that `{...}` means the options of verify.hpp.)
template <std::convertible_to<std::string> Key>
[[nodiscard]] Verification verify(ByteSource& recording, const Key& signer) {
  return detail::verify_signer(recording, signer);
}
[[nodiscard]] INVIGIL_API std::string to_json(const Verification& verification);

/// An opened recording. Hands out what is authentic, in order, and says what is not: reading past damage
/// continues with the next intact segment, and `damage()` then names what was skipped.
///
/// A closed recording is opened by its index: opening, `container` and `write_media` of a span read only what
/// they need, each byte of it checked against the signed root. All other functions are about the whole
/// recording, and the first of them reads and checks it to the last byte, as opening does without an index.
class INVIGIL_API Playback {
 public:
  /// Throws `Error{bad_header}` when it is no recording, `Error{no_identity}` when no key opens it,
  /// `Error{unsupported}` when `recording` cannot seek.
  Playback(std::unique_ptr<ByteSource> recording, std::vector<Identity> identities);
  /// The parts of one session in order, each begun because the one before had failed. Throws as above, and
  /// `Error{argument}` without any.
  Playback(std::vector<std::unique_ptr<ByteSource>> parts, std::vector<Identity> identities);
  ~Playback();
  Playback(Playback&&) noexcept;
  Playback& operator=(Playback&&) noexcept;

  [[nodiscard]] Consent consent() const;
  /// The policy's TOML text as recorded.
  [[nodiscard]] std::string policy_text() const;
  /// Which detector did what while recording.
  [[nodiscard]] std::map<std::string, std::string> models() const;
  [[nodiscard]] std::vector<Flag> flags() const;
  [[nodiscard]] std::vector<PlatformEvent> events() const;
  /// The recorded observations, JSON lines.
  [[nodiscard]] std::string observations() const;
  [[nodiscard]] Duration duration() const;
  /// Stretches that the recording itself says are missing, and those that were shredded.
  [[nodiscard]] std::vector<std::pair<Timestamp, Timestamp>> gaps() const;
  /// Recorded without redaction: the greppable `KeepUnredacted` was used.
  [[nodiscard]] bool unredacted() const;
  /// Empty when all is well, else one sentence that names the first trouble. About the whole recording.
  [[nodiscard]] std::string damage() const;
  /// The same of what has been read until now: after `write_media` of a span, of that span.
  [[nodiscard]] std::string damage_so_far() const;

  /// "mp4" or "matroska": what `write_media` writes.
  [[nodiscard]] std::string container() const;
  /// The media between two times (whole segments from the keyframe before `from`), without re-encoding. With
  /// neither time it is all of it, and the whole recording is checked first. Throws `Error{argument}` when
  /// there is none then, `Error{unsupported}` when there is none at all or the parts were encoded
  /// differently, `Error{tampered}` when what the media begins with is lost.
  void write_media(ByteSink& out, std::optional<Timestamp> from = {}, std::optional<Timestamp> to = {}) const;

  /// The pictures and the sound again, e.g. to score with another policy. Each is an own reading; null when
  /// the recording has no such track.
  [[nodiscard]] std::unique_ptr<Source<Frame>> video() const;
  [[nodiscard]] std::unique_ptr<Source<AudioBlock>> audio() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace invigil
