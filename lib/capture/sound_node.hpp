// What the microphone reader asks of the system, and no more: tests put a script in its place.
#pragma once

#include "capture/clock.hpp"
#include "media/av.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace invigil::capture {

/// A run of samples as it was heard.
struct Run {
  media::UniqueFrame sound;  ///< Interleaved, with its rate and channels.
  Clock::Moment begin;       ///< When its first sample was heard, by the device's account.
  bool torn = false;         ///< Samples were lost right before it.
};

/// One opened microphone that gives sound. Closes when it is destroyed.
class SoundNode {
 public:
  SoundNode() = default;
  SoundNode(const SoundNode&) = delete;
  SoundNode& operator=(const SoundNode&) = delete;
  virtual ~SoundNode() = default;
  /// The next run, for which it waits no longer than it is told. 0; EAGAIN when there is none yet; else an
  /// errno, and it is gone.
  [[nodiscard]] virtual int take(Run& run, std::chrono::milliseconds at_most) = 0;
};

/// The way to one microphone, wherever it is plugged in.
class SoundPort {
 public:
  SoundPort() = default;
  SoundPort(const SoundPort&) = delete;
  SoundPort& operator=(const SoundPort&) = delete;
  virtual ~SoundPort() = default;
  /// Opens and starts it. Null, and why in `error`.
  [[nodiscard]] virtual std::unique_ptr<SoundNode> open(int& error) = 0;
  [[nodiscard]] virtual std::string name() const = 0;
};

}  // namespace invigil::capture
