// A picture before redaction (`RawFrame`) and after it (`Frame`).
#pragma once

#include <invigil/concealed.hpp>
#include <invigil/image.hpp>
#include <invigil/time.hpp>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace invigil {

/// What a camera, a screen or a media file gives. It must not leave memory: no sink and no detector takes it.
struct RawFrame {
  Image image;
  /// When the picture was taken.
  Timestamp time{};
  /// Counts the frames of its source from 0; a jump is a frame that the source lost.
  std::uint64_t index = 0;
};

/// A picture in which document numbers are concealed. Only `RedactIdCard` makes one; `KeepUnredacted`, which
/// a recording writes down, and `Playback`, which reads what was concealed before, are the two other doors.
class Frame {
 public:
  [[nodiscard]] const Image& image() const { return image_; }
  [[nodiscard]] Timestamp time() const { return time_; }
  [[nodiscard]] std::uint64_t index() const { return index_; }
  /// What was concealed in this picture; empty when nothing was.
  [[nodiscard]] const std::vector<ConcealedDocument>& concealed() const;
  /// True when `KeepUnredacted` made it.
  [[nodiscard]] bool unredacted() const { return unredacted_; }

 private:
  friend class RedactIdCard;
  friend class KeepUnredacted;
  friend class Playback;
  Frame(RawFrame raw, std::shared_ptr<const std::vector<ConcealedDocument>> concealed, bool unredacted)
      : image_(std::move(raw.image)),
        time_(raw.time),
        index_(raw.index),
        concealed_(std::move(concealed)),
        unredacted_(unredacted) {}

  Image image_;
  Timestamp time_;
  std::uint64_t index_;
  std::shared_ptr<const std::vector<ConcealedDocument>> concealed_;
  bool unredacted_;
};

inline const std::vector<ConcealedDocument>& Frame::concealed() const {
  static const std::vector<ConcealedDocument> none;
  return concealed_ ? *concealed_ : none;
}

}  // namespace invigil
