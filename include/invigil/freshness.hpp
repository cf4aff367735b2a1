// What a short queue hands out to a reader that is behind.
#pragma once

#include <cstddef>

namespace invigil::detail {

/// A queue of at most two is there to keep what is read fresh: once it was full and has lost something, its
/// reader is behind, and gets the newest alone until it finds nothing waiting. A longer one is there to lose
/// little, and always hands out the oldest.
class Freshness {
 public:
  static constexpr std::size_t short_queue = 2;

  explicit Freshness(std::size_t capacity) : short_(capacity <= short_queue) {}
  /// The queue was full.
  void lost() { behind_ = true; }
  /// The reader asks for the next, and finds so many waiting.
  void asked(std::size_t waiting) { behind_ = behind_ && waiting > 0; }
  [[nodiscard]] bool newest_alone() const { return short_ && behind_; }

 private:
  bool short_;
  bool behind_ = false;
};

}  // namespace invigil::detail
