// Compressed packets of one kind to frames, skipping what is damaged.
#pragma once

#include "media/demuxer.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>

namespace invigil::media {

class Decoder {
 public:
  /// Throws `Error{unsupported}` when the decoder does not open.
  Decoder(std::shared_ptr<Demuxer> demuxer, Kind kind);

  /// The next frame; none at the end, or when `stop` was requested (then `stopped()`).
  [[nodiscard]] UniqueFrame next(const std::stop_token& stop);
  [[nodiscard]] bool stopped() const { return stopped_; }
  /// Packets so far that gave no frame because they are damaged.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] std::optional<Timestamp> time(const AVFrame& frame) const;

 private:
  [[nodiscard]] bool feed(const std::stop_token& stop);
  void note_damage(const char* what);

  std::shared_ptr<Demuxer> demuxer_;
  Kind kind_;
  UniqueCodec codec_;
  Timestamp fed_{};  ///< Of the newest packet.
  std::uint64_t lost_ = 0;
  bool draining_ = false, stopped_ = false;
};

}  // namespace invigil::media
