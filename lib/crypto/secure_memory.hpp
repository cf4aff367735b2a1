// Memory for secrets: locked, left out of core dumps, empty after a fork, wiped when freed.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <utility>
#include <vector>

namespace invigil::crypto {

/// Overwrites memory in a way that the compiler cannot leave out.
void wipe(std::span<std::byte> memory) noexcept;

/// Zeroed memory on pages that hold nothing but secrets. The pages are locked (mlock; as far as the limit of
/// the process, RLIMIT_MEMLOCK, reaches: beyond it they can be swapped out), excluded from core dumps
/// (MADV_DONTDUMP), and read as zeros in a forked child (MADV_WIPEONFORK). Aligned to 64 bytes. Thread-safe.
/// Throws std::bad_alloc.
[[nodiscard]] std::byte* allocate_secure(std::size_t size);
/// Wipes and frees what `allocate_secure(size)` gave.
void free_secure(std::byte* memory, std::size_t size) noexcept;

/// For standard containers. A container that grows wipes what it leaves behind.
template <class T>
struct SecureAllocator {
  using value_type = T;
  SecureAllocator() = default;
  template <class U>
  SecureAllocator(const SecureAllocator<U>&) noexcept {}
  [[nodiscard]] T* allocate(std::size_t n) {
    if (n > SIZE_MAX / sizeof(T)) throw std::bad_array_new_length();
    return reinterpret_cast<T*>(allocate_secure(n * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t n) noexcept {
    free_secure(reinterpret_cast<std::byte*>(memory), n * sizeof(T));
  }
  bool operator==(const SecureAllocator&) const noexcept { return true; }
};
using SecureBytes = std::vector<std::byte, SecureAllocator<std::byte>>;

/// A secret of fixed size. Moved-from, it is empty and may only be assigned to or destroyed.
template <std::size_t N>
class Secret {
 public:
  using Array = std::array<std::byte, N>;
  Secret() : bytes_(::new (allocate_secure(N)) Array{}) {}
  explicit Secret(std::span<const std::byte, N> from) : Secret() {
    std::copy(from.begin(), from.end(), bytes_->begin());
  }
  ~Secret() { release(); }
  Secret(const Secret& other) : Secret(std::span<const std::byte, N>{other.bytes()}) {}
  Secret(Secret&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)) {}
  Secret& operator=(Secret other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  [[nodiscard]] Array& bytes() { return *bytes_; }
  [[nodiscard]] const Array& bytes() const { return *bytes_; }

 private:
  void release() noexcept {
    if (bytes_) free_secure(bytes_->data(), N);
  }
  Array* bytes_;
};

}  // namespace invigil::crypto
