// A microphone that is read run by run, whichever backend gives the runs: they become blocks on the session's
// line, and none is lost at the end.
#pragma once

#include "capture/microphone_source.hpp"
#include "capture/sound_line.hpp"

#include <deque>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>

namespace invigil::capture {

class LineSource : public MicrophoneSource {
 public:
  LineSource(const std::string& name, int channels) : line_(name, channels) {}
  /// Once stopped, or before it throws, gives what was heard until then: first all blocks of that, then the
  /// end.
  std::optional<AudioBlock> read(std::stop_token stop) final;

 protected:
  /// Hands `put` what the device gives next. False at the end, with all that it gave before. Throws what
  /// `read` is to throw.
  [[nodiscard]] virtual bool hear(const std::stop_token& stop) = 0;
  void put(media::UniqueFrame sound, Timestamp begin, bool torn);

 private:
  void end();

  SoundLine line_;
  std::deque<AudioBlock> ready_;
  bool over_ = false;
  std::exception_ptr failure_;  ///< Why it is over, when that is no stop.
};

}  // namespace invigil::capture
