// Ctrl-C and SIGTERM: the first ends the job in good order, the second at once.
#pragma once

#include <functional>
#include <thread>

namespace app {

/// While one lives, the first SIGINT or SIGTERM calls `stop` (once, on a thread of its own); another one
/// kills the program as if it had never been caught. At most one at a time.
class OnInterrupt {
 public:
  explicit OnInterrupt(std::function<void()> stop);
  ~OnInterrupt();
  OnInterrupt(const OnInterrupt&) = delete;
  OnInterrupt& operator=(const OnInterrupt&) = delete;
  /// Whether a signal has come.
  [[nodiscard]] bool interrupted() const noexcept;

 private:
  std::jthread watcher_;
};

}  // namespace app
