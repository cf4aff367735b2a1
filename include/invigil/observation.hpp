// What the detectors see, before anybody calls it anything.
#pragma once

#include <invigil/export.hpp>
#include <invigil/time.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace invigil {

/// A rectangle in pixels of the picture.
struct Box {
  float x = 0, y = 0, width = 0, height = 0;
};

/// Degrees, as seen from the camera. Yaw: positive when the face turns to the left edge of the picture;
/// pitch: positive up; roll: positive when the top of the head leans to the right edge.
struct HeadPose {
  float yaw = 0, pitch = 0, roll = 0;
};

struct Face {
  Box box;
  float confidence = 0;  ///< Of the detector, in [0, 1].
  std::optional<HeadPose> pose;
  /// How far the irises lie from the middle of their eyes, in widths of an eye, positive to the right edge of
  /// the picture, in [-1, 1]; nothing when it was not looked for, or the eyes do not tell.
  std::optional<float> gaze = {};
};

/// What `Faces::quality` is at most when OpenCV's cascades stand in for the net: they miss faces, darker skin
/// more often, so what they do not see is flagged as technical, never as behaviour.
inline constexpr float fallback_quality = 0.7F;

/// The faces of one picture at or above the detector's confidence, largest first; empty when there is none.
struct Faces {
  Timestamp time{};
  std::vector<Face> faces;
  /// How far the detector can be trusted on this picture, in [0, 1]; 0 when dark, covered or blind,
  /// `fallback_quality` from the fallback.
  float quality = 1;
};

enum class PictureState { ok, dark, covered, frozen };

/// What the picture is like, apart from what is in it.
struct PictureHealth {
  Timestamp time{};
  float luma = 0;       ///< Mean, 0 (black) to 255 (white) whatever the camera's range.
  float spread = 0;     ///< Standard deviation at 160x90.
  float sharpness = 0;  ///< Variance of the Laplacian at 320x180.
  float change = 0;     ///< Mean absolute difference to the picture before, at 160x90.
  /// How far the last 2 s move as earlier ones did, in [0, 1]: `Repetition::similarity`; 0 when not looked
  /// for.
  float repeats = 0;
  float repeats_after = 0;  ///< Seconds between the two.
  float repeats_for = 0;    ///< Seconds since the pictures began to be as they were: `Repetition::lasts`.
  PictureState state = PictureState::ok;
  int width = 0, height = 0;  ///< As the source gave it: `Image::source_size`. 0 when not known.
  int resized = 0;            ///< How often that changed since the last picture that was looked at.
};

/// How far the last 2 s of pictures move as 2 s of pictures before them did.
struct Repetition {
  Timestamp time{};
  float similarity = 0;  ///< Normalised cross-correlation, in [0, 1]; people reach 0.91, loops 0.99.
  Duration after{};      ///< The time between the two.
  Duration lasts{};      ///< How long the pictures have been as they were that time before.
};

/// One block of 32 ms of sound.
struct Speech {
  Timestamp time{};        ///< Start of the block.
  float probability = -1;  ///< Calibrated: >= 0.5 means speech. -1 when there is no model to tell.
  float level = -120;      ///< RMS, dBFS, not below -120.
  float loudness = -120;   ///< Momentary, LUFS, not below -120; always -120 without libebur128.
  float clipped = 0;       ///< Share of its samples at full scale (0.98 and above), in [0, 1].
};

/// Something lying about: phone, book, laptop, person.
struct Object {
  std::string label;
  Box box;
  float confidence = 0;
};

/// The objects of one picture, most confident first.
struct Objects {
  Timestamp time{};
  std::vector<Object> objects;
};

/// Whether the face is that of the candidate.
struct Likeness {
  Timestamp time{};
  float similarity = 0;  ///< Cosine between two faces, in [-1, 1]; two persons are below about 0.4.
};

/// All that was seen in one analysed picture.
struct PictureObservation {
  Timestamp time{};
  Faces faces;
  std::vector<Object> objects = {};
  bool objects_looked = false;      ///< Objects are not looked for in every picture.
  std::optional<float> likeness{};  ///< `Likeness::similarity`, when the face was compared.
  PictureHealth picture;
};

/// One line of an observations file: a picture or a block of sound.
using Observation = std::variant<PictureObservation, Speech>;

[[nodiscard]] INVIGIL_API std::string_view to_string(PictureState state) noexcept;
/// One JSON line without newline, as the command line's `--observations` writes it.
[[nodiscard]] INVIGIL_API std::string to_json(const Observation& observation);
/// Reads what `to_json` wrote, to the last bit. Throws `Error{bad_header}` naming `where`.
[[nodiscard]] INVIGIL_API Observation parse_observation(std::string_view json,
                                                        std::string_view where = "observation");

[[nodiscard]] inline Timestamp media_time(const Observation& o) {
  return std::visit([](const auto& x) { return x.time; }, o);
}

}  // namespace invigil
