// 48 kHz -> 16 kHz, for nets that were trained at 16 kHz.
#pragma once

#include <memory>
#include <span>
#include <vector>

namespace invigil::behaviour {

/// One channel. What comes out is aligned with what went in: sample n was sample 3n, but comes about a
/// millisecond later, because the filter must have heard what follows.
class To16k {
 public:
  To16k();
  ~To16k();
  To16k(To16k&&) noexcept;
  To16k& operator=(To16k&&) noexcept;
  /// Appends what is ready to `out`.
  void push(std::span<const float> samples, std::vector<float>& out);
  /// Appends the rest, and begins anew.
  void flush(std::vector<float>& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::behaviour
