// Reading and checking recordings.
#pragma once

#include <invigil/audio.hpp>
#include <invigil/consent.hpp>
#include <invigil/crypto.hpp>
#include <invigil/event.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/frame.hpp>
#include <invigil/io.hpp>
#include <invigil/stream.hpp>

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

/// What can be said about a recording without any private key.
struct Verification {
  RecordingState state = RecordingState::damaged;
  SignerState signer = SignerState::not_checked;
  std::uint64_t segments = 0;                         ///< Media segments that fit their entries.
  std::vector<std::uint64_t> bad;                     ///< Indices of members that do not.
  std::vector<std::uint64_t> shredded;                ///< Destroyed by choice.
  std::vector<std::pair<Timestamp, Timestamp>> gaps;  ///< Stretches without media.
  std::string message;                                ///< One sentence for a person.
};

/// Checks structure, hashes, the Merkle tree and signatures. `signer`: the registered verifier key, or empty.
[[nodiscard]] INVIGIL_API Verification verify(ByteSource& recording, const std::string& signer = {});
[[nodiscard]] INVIGIL_API std::string to_json(const Verification& verification);

/// An opened recording. Hands out what is authentic, in order, and says what is not: reading past damage
/// continues with the next intact segment, and `damage()` then names what was skipped.
class INVIGIL_API Playback {
 public:
  /// Throws `Error{bad_header}` when it is no recording, `Error{no_identity}` when no key opens it.
  Playback(std::unique_ptr<ByteSource> recording, std::vector<Identity> identities);
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
  /// Stretches that the recording itself says are missing.
  [[nodiscard]] std::vector<std::pair<Timestamp, Timestamp>> gaps() const;
  /// Recorded without redaction: the greppable `KeepUnredacted` was used.
  [[nodiscard]] bool unredacted() const;
  /// Empty when all is well, else one sentence that names the first trouble.
  [[nodiscard]] std::string damage() const;

  /// "mp4" or "matroska": what `write_media` writes.
  [[nodiscard]] std::string container() const;
  /// The media between two times (whole segments from the keyframe before `from`), without re-encoding.
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
