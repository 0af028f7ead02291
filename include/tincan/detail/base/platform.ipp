// tincan/detail/base/platform.ipp - the machine under the lock-free parts: the bodies
#pragma once

#if defined(__SANITIZE_THREAD__)
#define TINCAN_DETAIL_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TINCAN_DETAIL_TSAN 1
#endif
#endif

#if defined(TINCAN_DETAIL_PORTABLE_PLATFORM)  // what tests on Linux define
#include <tincan/detail/base/platform_portable.ipp>
#elif defined(__linux__)
#include <tincan/detail/base/platform_linux.ipp>
#elif defined(_WIN32)
#include <tincan/detail/base/platform_windows.ipp>
#else
#include <tincan/detail/base/platform_portable.ipp>
#endif
