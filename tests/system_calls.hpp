// Makes chosen system calls of this program's own code fail. The linker sends them here: see
// tests/CMakeLists.txt.
#pragma once

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace invigil::test {

enum class Call : std::size_t { write, fdatasync, close, fallocate };
inline constexpr std::array all_calls{Call::write, Call::fdatasync, Call::close, Call::fallocate};

struct Fault {
  Call call = Call::write;
  int nth = 1;    ///< Which call of this kind, from 1.
  int error = 0;  ///< An errno. 0, of `write`: only half of the bytes are taken.
};

/// Counts this thread's calls while it lives, and has one of them fail. One at a time on a thread.
class SystemCalls {
 public:
  explicit SystemCalls(std::vector<Fault> faults = {});
  ~SystemCalls();
  SystemCalls(const SystemCalls&) = delete;
  SystemCalls& operator=(const SystemCalls&) = delete;

  [[nodiscard]] int count(Call call) const { return counts_[static_cast<std::size_t>(call)]; }
  /// All calls since the first fault with an error, by kind, that one not included.
  [[nodiscard]] const std::vector<Call>& afterwards() const { return afterwards_; }
  [[nodiscard]] bool struck() const { return struck_; }

  /// For the replaced calls: what is to happen to this one, if anything.
  const Fault* next(Call call);

 private:
  std::vector<Fault> faults_;
  std::array<int, all_calls.size()> counts_{};
  std::vector<Call> afterwards_;
  bool struck_ = false;
};

}  // namespace invigil::test
