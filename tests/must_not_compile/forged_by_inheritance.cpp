// Deriving from Frame opens no door either.
#include <invigil/frame.hpp>

struct Mine : invigil::Frame {
  explicit Mine(invigil::RawFrame raw) : Frame(raw, nullptr, false) {}  // BAD: private within this context
  // GOOD: explicit Mine(const invigil::Frame& other) : Frame(other) {}
};
