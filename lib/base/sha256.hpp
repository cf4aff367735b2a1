// SHA-256, for models, policies and everything else that is known by its digest.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace invigil {

/// Feed bytes in any portions, then take the digest once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::span<const std::byte> bytes);
  /// 64 lower-case hexadecimal digits. Ends this object's use.
  [[nodiscard]] std::string hex();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The digest of `bytes` as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace invigil
