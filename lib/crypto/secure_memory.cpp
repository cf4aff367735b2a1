#include "crypto/secure_memory.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

#include <openssl/crypto.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

namespace invigil::crypto {

namespace {

constexpr std::size_t slot_size = 64;
constexpr std::size_t slots_a_page = 64;  // one bit each in a page's map
constexpr std::size_t small_page = slot_size * slots_a_page;

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}
std::size_t whole_pages(std::size_t size) { return (size + page_size() - 1) / page_size() * page_size(); }

std::byte* map_pages(std::size_t size) {
  void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  // Best effort, each: a limit or an old kernel must not keep anybody from encrypting.
  (void)::mlock(pages, size);
  (void)::madvise(pages, size, MADV_DONTDUMP);
  (void)::madvise(pages, size, MADV_WIPEONFORK);
  return static_cast<std::byte*>(pages);
}

/// Small secrets share pages, because the number of pages that a process may lock is small. Pages are kept
/// for the next secret, and never given back.
class Pool {
 public:
  static Pool& get() {
    static auto* pool = new Pool;  // never destroyed: secrets with static lifetime may be freed after it
    return *pool;
  }

  std::byte* allocate(std::size_t slots) {
    const std::lock_guard lock{mutex_};
    for (Page& page : pages_)
      if (std::byte* memory = page.take(slots)) return memory;
    pages_.reserve(pages_.size() + 1);  // nothing may throw once the page is mapped
    pages_.push_back({map_pages(whole_pages(small_page)), 0});
    return pages_.back().take(slots);
  }

  void free(std::byte* memory, std::size_t slots) noexcept {
    const std::lock_guard lock{mutex_};
    for (Page& page : pages_)
      if (memory >= page.begin && memory < page.begin + small_page) return page.give_back(memory, slots);
  }

 private:
  struct Page {
    std::byte* begin;
    std::uint64_t used;

    static std::uint64_t run(std::size_t slots) { return ~std::uint64_t{0} >> (slots_a_page - slots); }
    std::byte* take(std::size_t slots) {
      for (std::size_t at = 0; at + slots <= slots_a_page; ++at) {
        if (used & run(slots) << at) continue;
        used |= run(slots) << at;
        return begin + at * slot_size;
      }
      return nullptr;
    }
    void give_back(const std::byte* memory, std::size_t slots) noexcept {
      used &= ~(run(slots) << (static_cast<std::size_t>(memory - begin) / slot_size));
    }
  };

  // A fork while another thread holds the lock would leave it locked in the child for ever.
  Pool() {
    ::pthread_atfork([] { get().mutex_.lock(); }, [] { get().mutex_.unlock(); },
                     [] { get().mutex_.unlock(); });
  }

  std::mutex mutex_;
  std::vector<Page> pages_;
};

std::size_t slots_for(std::size_t size) {
  return std::max<std::size_t>(1, (size + slot_size - 1) / slot_size);
}

}  // namespace

void wipe(std::span<std::byte> memory) noexcept { OPENSSL_cleanse(memory.data(), memory.size()); }

std::byte* allocate_secure(std::size_t size) {
  if (size <= small_page) return Pool::get().allocate(slots_for(size));
  if (size > SIZE_MAX - page_size()) throw std::bad_alloc();
  return map_pages(whole_pages(size));
}

void free_secure(std::byte* memory, std::size_t size) noexcept {
  if (size <= small_page) {
    const std::size_t slots = slots_for(size);
    wipe({memory, slots * slot_size});
    return Pool::get().free(memory, slots);
  }
  wipe({memory, size});
  ::munmap(memory, whole_pages(size));
}

}  // namespace invigil::crypto
