// tincan/detail/base/platform.hpp - the machine under the lock-free parts
//
// What the lock-free classes do to a shared word or to the scheduler goes through a class like
// ThreadPlatform. The model checker passes another one.
#pragma once

#include <atomic>
#include <cstddef>
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
#include <chrono>
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

#include <tincan/detail/base/printable.hpp>

namespace tincan::inline abi0::detail {

/// The size in bytes of what moves between cores. Our own constant: the standard one makes g++ warn in
/// every including file, and layouts would depend on flags.
inline constexpr std::size_t CacheLine = 64;
/// The distance in bytes at which two threads do not disturb each other. x86-64 prefetches cache lines in
/// pairs, and a line whose neighbour travels between cores travels with it.
inline constexpr std::size_t FalseSharingRange = 128;

/// A time of the steady clock, or a duration.
using Nanoseconds = std::int64_t;
/// The time that never comes.
inline constexpr Nanoseconds NoDeadline = INT64_MAX;

/// Threads as the standard library and the system have them.
struct ThreadPlatform {
  template <class T>
  using atomic = std::atomic<T>;
  /// A value that one thread hands to another; the model checker watches it for races.
  template <class T>
  using plain = T;
  using mutex = std::mutex;

  /// The time of CLOCK_MONOTONIC, which is std::chrono::steady_clock.
  static Nanoseconds now() noexcept;

  static void yield() noexcept;

  /// True on the thread that began with the process, where the system tells.
  static bool isMainThread() noexcept;
  /// Names this thread for debuggers and tools. Linux keeps 15 bytes, of which whole characters are used.
  static void nameThread(std::string_view name) noexcept;

  /// Sleeps while `word` is `expected`, until wake() or the deadline; may return early.
  static void sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                    Nanoseconds deadline) noexcept;
  /// Wakes a thread that sleeps on the word. The word may be gone: its address only is used.
  static void wake(std::atomic<std::uint32_t>& word) noexcept;

  /// True if heavyBarrier() reaches every thread of the process, so that the frequent side of an
  /// AsymmetricFlag needs no instruction of its own.
  static bool hasHeavyBarrier() noexcept;
  /// Has every running thread of the process pass a full barrier, by Linux's membarrier(2). Where the
  /// system begins to refuse that, the program stops with a sentence.
  static void heavyBarrier() noexcept;
  /// Keeps the compiler, and only the compiler, from moving accesses across.
  static void lightBarrier() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }
};

#if defined(__linux__)

inline Nanoseconds ThreadPlatform::now() noexcept {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<Nanoseconds>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

inline void ThreadPlatform::yield() noexcept { sched_yield(); }

inline bool ThreadPlatform::isMainThread() noexcept { return syscall(SYS_gettid) == getpid(); }

inline void ThreadPlatform::nameThread(std::string_view name) noexcept {
  char text[16] = {};
  name.copy(text, wholeCharacters(name, sizeof(text) - 1));
  pthread_setname_np(pthread_self(), text);
}

inline void ThreadPlatform::sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
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

inline void ThreadPlatform::wake(std::atomic<std::uint32_t>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, nullptr, nullptr, 0);
}

inline bool ThreadPlatform::hasHeavyBarrier() noexcept {
#if defined(TINCAN_DETAIL_TSAN)
  return false;  // TSan sees orders on variables only
#else
  static bool const registered =
      syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
  return registered;
#endif
}

inline void ThreadPlatform::heavyBarrier() noexcept {
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

inline Nanoseconds ThreadPlatform::now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

inline void ThreadPlatform::yield() noexcept { std::this_thread::yield(); }

inline bool ThreadPlatform::isMainThread() noexcept { return false; }

inline void ThreadPlatform::nameThread(std::string_view) noexcept {}

/// Where threads without a futex sleep: a few lots, shared by address.
struct ParkingLot {
  std::mutex mutex;  // keeps wake() out between the look at a word and the wait
  std::condition_variable changed;

  static ParkingLot& of(void const* word) noexcept {
    static ParkingLot lots[16];
    return lots[(reinterpret_cast<std::uintptr_t>(word) / CacheLine) % 16];
  }
};

inline void ThreadPlatform::sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
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

inline void ThreadPlatform::wake(std::atomic<std::uint32_t>& word) noexcept {
  ParkingLot& lot = ParkingLot::of(&word);
  { std::lock_guard lock(lot.mutex); }
  lot.changed.notify_all();
}

inline bool ThreadPlatform::hasHeavyBarrier() noexcept { return false; }
inline void ThreadPlatform::heavyBarrier() noexcept {}

#endif

}  // namespace tincan::inline abi0::detail
