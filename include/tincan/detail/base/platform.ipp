// tincan/detail/base/platform.ipp - the machine under the lock-free parts: the bodies
#pragma once

// Here and not where it is used: an amalgamated header has each file once, at its first include.
#include <tincan/detail/base/parking_lot.hpp>

#if defined(__SANITIZE_THREAD__)
#define TINCAN_DETAIL_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TINCAN_DETAIL_TSAN 1
#endif
#endif

// Tests on Linux define TINCAN_DETAIL_PORTABLE_PLATFORM.
#if defined(__linux__) && !defined(TINCAN_DETAIL_PORTABLE_PLATFORM)
#include <tincan/detail/base/platform_linux.ipp>
#elif defined(_WIN32)
#include <tincan/detail/base/platform_windows.ipp>
#else
#include <tincan/detail/base/platform_portable.ipp>
#endif
