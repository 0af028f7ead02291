// tincan/detail/base/platform.ipp - the machine under the lock-free parts: the bodies
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>

#if defined(__linux__)
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#else
#include <condition_variable>
#include <thread>
#endif

#if defined(__SANITIZE_THREAD__)
#define TINCAN_DETAIL_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TINCAN_DETAIL_TSAN 1
#endif
#endif

#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/printable.hpp>

namespace tincan::inline abi0::detail {

#if defined(__linux__)

TINCAN_INLINE Nanoseconds ThreadPlatform::now() noexcept {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<Nanoseconds>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
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

TINCAN_INLINE void ThreadPlatform::sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                                         Nanoseconds deadline) noexcept {
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  timespec until{};
  timespec* limit = nullptr;
  if (deadline != NoDeadline) {
    Nanoseconds const at = deadline < 0 ? 0 : deadline;
    until.tv_sec = static_cast<time_t>(at / 1'000'000'000);
    until.tv_nsec = static_cast<long>(at % 1'000'000'000);
    limit = &until;
  }
  // The bitset form takes an absolute time of CLOCK_MONOTONIC.
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected, limit, nullptr,
          FUTEX_BITSET_MATCH_ANY);
}

TINCAN_INLINE void ThreadPlatform::wake(std::atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, nullptr, nullptr, 0);
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

#else

TINCAN_INLINE Nanoseconds ThreadPlatform::now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

TINCAN_INLINE void ThreadPlatform::yield() noexcept { std::this_thread::yield(); }

TINCAN_INLINE bool ThreadPlatform::isMainThread() noexcept { return false; }

TINCAN_INLINE void ThreadPlatform::nameThread(std::string_view) noexcept {}

/// Where threads without a futex sleep: a few lots, shared by address.
struct ParkingLot {
  std::mutex mutex;  // keeps wake() out between the look at a word and the wait
  std::condition_variable changed;

  static ParkingLot& of(void const* word) noexcept {
    static ParkingLot lots[16];
    return lots[(reinterpret_cast<std::uintptr_t>(word) / CacheLine) % 16];
  }
};

TINCAN_INLINE void ThreadPlatform::sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                                         Nanoseconds deadline) noexcept {
  ParkingLot& lot = ParkingLot::of(&word);
  std::unique_lock lock(lot.mutex);
  // acquire: pairs with the release of whoever changes the word; wake() then locks the lot, too.
  if (word.load(std::memory_order_acquire) != expected) return;
  if (deadline == NoDeadline) {
    lot.changed.wait(lock);
  } else {
    lot.changed.wait_until(
        lock, std::chrono::steady_clock::time_point(std::chrono::nanoseconds(deadline)));
  }
}

TINCAN_INLINE void ThreadPlatform::wake(std::atomic<std::uint32_t>& word) noexcept {
  ParkingLot& lot = ParkingLot::of(&word);
  { std::lock_guard lock(lot.mutex); }
  lot.changed.notify_all();
}

TINCAN_INLINE bool ThreadPlatform::hasHeavyBarrier() noexcept { return false; }
TINCAN_INLINE void ThreadPlatform::heavyBarrier() noexcept {}

#endif

}  // namespace tincan::inline abi0::detail
