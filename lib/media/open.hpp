// Media from any bytes, not only from files. Internal: `Playback` reads its decrypted segments so.
#pragma once

#include <invigil/io.hpp>
#include <invigil/media.hpp>

#include <memory>
#include <string>
#include <utility>

namespace invigil::media {

/// As `MediaFile{input}` for bytes from elsewhere; `name` stands in messages.
[[nodiscard]] inline MediaFile open_media(std::unique_ptr<ByteSource> source, std::string name,
                                          MediaOptions options = {}) {
  return MediaFile{std::move(source), std::move(name), options};
}

}  // namespace invigil::media
