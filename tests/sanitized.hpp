// Whether a sanitizer watches this program. They keep copies of memory, keep what was freed, map more than
// can be read, and take mlock away, so tests of memory itself ask first.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INVIGIL_TEST_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define INVIGIL_TEST_SANITIZED
#endif
#endif

namespace invigil::test {

#ifdef INVIGIL_TEST_SANITIZED
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace invigil::test
