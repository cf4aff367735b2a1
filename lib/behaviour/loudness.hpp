// Momentary loudness (ITU-R BS.1770, EBU R 128), by libebur128 where the build has it.
#pragma once

#include <memory>
#include <span>

namespace invigil::behaviour {

class Loudness {
 public:
  Loudness();
  ~Loudness();
  Loudness(Loudness&&) noexcept;
  Loudness& operator=(Loudness&&) noexcept;
  /// One channel at 48 kHz.
  void push(std::span<const float> samples);
  /// Of the last 400 ms, LUFS, not below -120; always -120 in a build without libebur128.
  [[nodiscard]] float momentary() const;
  /// Forgets what was heard.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::behaviour
