// tincan/detail/base/platform_portable.ipp - the machine under the lock-free parts: by the standard library alone
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <thread>

#if defined(__APPLE__) || defined(__FreeBSD__)
#include <pthread.h>
#endif

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/parking_lot.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/printable.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void ThreadPlatform::yield() noexcept { std::this_thread::yield(); }

#if !defined(__APPLE__) && !defined(__FreeBSD__)
/// The thread that loads the module. For an executable it is the one that the process began with.
inline std::thread::id const loadingThread = std::this_thread::get_id();
#endif

TINCAN_INLINE bool ThreadPlatform::isMainThread() noexcept {
#if defined(__APPLE__) || defined(__FreeBSD__)
  return pthread_main_np() != 0;
#else
  return std::this_thread::get_id() == loadingThread;
#endif
}

TINCAN_INLINE void ThreadPlatform::nameThread([[maybe_unused]] std::string_view name) noexcept {
#if defined(__APPLE__)
  char text[64] = {};
  name.copy(text, wholeCharacters(name, sizeof(text) - 1));
  pthread_setname_np(text);
#endif
}

TINCAN_INLINE std::uintptr_t ThreadPlatform::stackSize() noexcept {
#if defined(__APPLE__)
  return pthread_get_stacksize_np(pthread_self());
#else
  return 0;
#endif
}

TINCAN_INLINE void ThreadPlatform::sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                                         Nanoseconds deadline) noexcept {
  ParkingLot::of(&word).sleep(word, expected, deadline);
}

TINCAN_INLINE void ThreadPlatform::wake(std::atomic<std::uint32_t>& word) noexcept {
  ParkingLot::of(&word).wakeAll();
}

TINCAN_INLINE bool ThreadPlatform::hasHeavyBarrier() noexcept { return false; }
TINCAN_INLINE void ThreadPlatform::heavyBarrier() noexcept {}

}  // namespace tincan::inline abi0::detail
