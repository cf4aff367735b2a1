// From what a camera gives to pictures.
#pragma once

#include "capture/video_node.hpp"
#include "media/picture.hpp"

#include <invigil/image.hpp>

#include <mutex>
#include <optional>
#include <string>
#include <variant>

namespace invigil::capture {

/// Raw pictures are converted while the driver's buffer is ours, straight out of it. Compressed ones are
/// small: they are copied, and decoded when somebody wants to see them.
using Content = std::variant<Image, media::UniquePacket>;

/// Of one camera, for its whole life: all pictures have the size of the first.
class PictureDecoder {
 public:
  explicit PictureDecoder(std::string name) : name_(name), maker_(std::move(name)) {}

  /// Takes what is in a buffer; none when it cannot be a picture.
  [[nodiscard]] std::optional<Content> take(const StreamFormat& format, std::span<const std::uint8_t> bytes);
  /// None when it does not decode. `broken`: something before it is missing, so what builds on other pictures
  /// waits for a keyframe.
  [[nodiscard]] std::optional<Image> picture(StreamFormat::Coding coding, Content content, bool broken);

 private:
  [[nodiscard]] std::optional<Image> raw(const StreamFormat& format, std::span<const std::uint8_t> bytes);
  [[nodiscard]] media::UniqueFrame decode(StreamFormat::Coding coding, const AVPacket& packet, bool broken);
  void open(StreamFormat::Coding coding);

  const std::string name_;
  std::mutex mutex_;  ///< `take` runs on the camera's thread.
  media::PictureMaker maker_;
  media::UniqueCodec codec_;
  std::optional<StreamFormat::Coding> open_for_;
};

}  // namespace invigil::capture
