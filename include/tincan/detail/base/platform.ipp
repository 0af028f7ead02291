// tincan/detail/base/platform.ipp - the machine under the lock-free parts: the bodies
#pragma once

#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/platform.hpp>

// Tests on Linux define TINCAN_DETAIL_PORTABLE_PLATFORM.
#if !defined(__linux__) || defined(TINCAN_DETAIL_PORTABLE_PLATFORM)
// What the other systems have in common. It is included here: an amalgamated header has each file once, at its first
// include.
#include <tincan/detail/base/parking_lot.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE Nanoseconds ThreadPlatform::now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace tincan::inline abi0::detail
#endif

#if defined(__SANITIZE_THREAD__)
#define TINCAN_DETAIL_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TINCAN_DETAIL_TSAN 1
#endif
#endif

#if defined(__linux__) && !defined(TINCAN_DETAIL_PORTABLE_PLATFORM)
#include <tincan/detail/base/platform_linux.ipp>
#elif defined(_WIN32)
#include <tincan/detail/base/platform_windows.ipp>
#else
#include <tincan/detail/base/platform_portable.ipp>
#endif
