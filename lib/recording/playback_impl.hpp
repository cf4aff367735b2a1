// What `Playback` is made of: one reader a part, and what they say together.
#pragma once

#include "recording/reader.hpp"

#include <invigil/playback.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace invigil {

namespace recording {

/// What a recording says of itself.
struct Facts {
  Consent consent;
  std::string policy;
  std::map<std::string, std::string> models;
  bool unredacted = false;
};

}  // namespace recording

struct Playback::Impl {
  using Facts = recording::Facts;
  /// A media member of one of the parts.
  struct Piece {
    std::size_t part = 0, index = 0;
  };
  class MediaStream;
  class Video;
  class Audio;

  Impl(std::vector<std::unique_ptr<ByteSource>> sources, const std::vector<Identity>& identities);

  /// Reads every part whole, once.
  [[nodiscard]] const Facts& facts() const;
  [[nodiscard]] Duration duration() const;
  /// The pieces between two times, in order.
  [[nodiscard]] std::vector<Piece> pieces(std::optional<Timestamp> from, std::optional<Timestamp> to) const;
  /// What the media of `pieces` begins with. Throws `Error{unsupported}` when parts begin differently.
  [[nodiscard]] std::vector<std::byte> init(const std::vector<Piece>& pieces) const;
  [[nodiscard]] std::string name() const { return parts.front()->name(); }

  std::vector<std::unique_ptr<recording::Reader>> parts;

 private:
  mutable std::mutex facts_mutex_;
  mutable std::optional<Facts> facts_;
};

}  // namespace invigil
