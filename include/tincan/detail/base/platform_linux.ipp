// tincan/detail/base/platform_linux.ipp - the machine under the lock-free parts: Linux
#pragma once

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/narrowed.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/printable.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE Nanoseconds ThreadPlatform::now() noexcept {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return narrowed<Nanoseconds>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

TINCAN_INLINE void ThreadPlatform::yield() noexcept { sched_yield(); }

TINCAN_INLINE bool ThreadPlatform::isMainThread() noexcept {
  return syscall(SYS_gettid) == getpid();
}

TINCAN_INLINE void ThreadPlatform::nameThread(std::string_view name) noexcept {
  char text[16] = {};
  name.copy(text, wholeCharacters(name, sizeof(text) - 1));
  pthread_setname_np(pthread_self(), text);
}

TINCAN_INLINE std::uintptr_t ThreadPlatform::stackSize() noexcept {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  std::size_t size = 0;
  if (pthread_attr_getstacksize(&attributes, &size) != 0) size = 0;
  pthread_attr_destroy(&attributes);
  return size;
}

// The form of futex(2) that takes 64 bits of seconds, also where a long has 32: since Linux 5.1.
#if defined(SYS_futex_time64)
inline constexpr long FutexCall = SYS_futex_time64;
#else
inline constexpr long FutexCall = SYS_futex;
static_assert(sizeof(long) == 8,
              "SYS_futex_time64 is needed: the kernel's headers are older than 5.1");
#endif
/// What that form takes as a time, whatever the C library's timespec is.
struct FutexTime {
  std::int64_t seconds;
  std::int64_t nanoseconds;
};

TINCAN_INLINE void ThreadPlatform::sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                                         Nanoseconds deadline) noexcept {
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  FutexTime until{};
  FutexTime* limit = nullptr;
  if (deadline != NoDeadline) {
    Nanoseconds const at = deadline < 0 ? 0 : deadline;
    until.seconds = at / 1'000'000'000;
    until.nanoseconds = at % 1'000'000'000;
    limit = &until;
  }
  // The bitset form takes an absolute time of CLOCK_MONOTONIC.
  syscall(FutexCall, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, limit, nullptr,
          FUTEX_BITSET_MATCH_ANY);
}

TINCAN_INLINE void ThreadPlatform::wake(std::atomic<std::uint32_t>& word) noexcept {
  syscall(FutexCall, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, nullptr, nullptr, 0);
}

TINCAN_INLINE bool ThreadPlatform::hasHeavyBarrier() noexcept {
#if defined(TINCAN_DETAIL_TSAN)
  return false;  // TSan sees orders on variables only
#else
  static bool const registered =
      syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return registered;
#endif
}

TINCAN_INLINE void ThreadPlatform::heavyBarrier() noexcept {
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0) [[likely]]
    return;
  // Without it messages would be lost: the other side relies on it already.
  std::fputs(
      "tincan: the system refuses membarrier(2), which it has allowed before. A sandbox that the "
      "program enters must allow it, or be entered before the first bus is made.\n",
      stderr);
  std::abort();
}

}  // namespace tincan::inline abi0::detail
