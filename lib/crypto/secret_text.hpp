// What passphrases and identities share.
#pragma once

#include "crypto/secure_memory.hpp"

#include <invigil/error.hpp>

#include <span>
#include <string_view>

#include <unistd.h>

namespace invigil::crypto {

[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Remembers in which process a secret came to be. In a forked child its memory reads as zeros: to decrypt
/// with these would say that the key does not fit, which is not so.
class SameProcess {
 public:
  explicit SameProcess(const char* what) : what_(what) {}
  /// Throws `Error{closed}` in another process.
  void check() const {
    if (::getpid() != process_)
      throw Error(Errc::closed, what_, "was wiped when this process was forked; load it again in the child");
  }

 private:
  const char* what_;
  ::pid_t process_ = ::getpid();
};

}  // namespace invigil::crypto
