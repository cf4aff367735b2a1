// Sound of a device on the session's clock: samples are counted, what the device says of time corrects the
// count.
#pragma once

#include "capture/drift.hpp"
#include "media/resampler.hpp"

#include <optional>
#include <string>
#include <vector>

namespace invigil::capture {

class SoundLine {
 public:
  /// `name` stands in messages. `channels`: of the blocks, 1 or 2.
  SoundLine(std::string name, int channels) : resampler_(std::move(name), channels) {}
  /// A run that began at `begin` by the device's account. `torn`: what came before it was lost, or from
  /// another opening of the device, so that its time has to be found again.
  void push(media::UniqueFrame sound, Timestamp begin, bool torn, const Emit<AudioBlock>& emit);
  /// No more comes: emits what is held. Should more come after all, its time is found again.
  void finish(const Emit<AudioBlock>& emit);

 private:
  void begin_anew(const Emit<AudioBlock>& emit);
  void release(const Emit<AudioBlock>& emit);
  void count_on(const AVFrame& sound, Timestamp begin, const Emit<AudioBlock>& emit);
  [[nodiscard]] std::optional<Timestamp> follow(Timestamp begin);

  media::Resampler resampler_;
  Anchor anchor_;
  Drift drift_;
  std::vector<media::UniqueFrame> held_;
  /// When the next run begins, as long as all was before zero: the resampler leaves that out uncounted.
  std::optional<Timestamp> early_;
};

}  // namespace invigil::capture
