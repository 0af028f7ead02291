// tincan/detail/base/platform.hpp - the machine under the lock-free parts
//
// What the lock-free classes do to a shared word or to the scheduler goes through a class like
// ThreadPlatform. The model checker passes another one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

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

  /// The time of std::chrono::steady_clock; on Linux that is CLOCK_MONOTONIC.
  static Nanoseconds now() noexcept;

  static void yield() noexcept;

  /// True on the thread that began with the process, where the system tells.
  static bool isMainThread() noexcept;
  /// Names this thread for debuggers and tools. Linux keeps 15 bytes, of which whole characters are used.
  static void nameThread(std::string_view name) noexcept;

  /// The size of this thread's stack, in bytes; 0 where the system does not tell. May take long.
  static std::uintptr_t stackSize() noexcept;

  /// Sleeps while `word` is `expected`, until wake() or the deadline; may return early.
  static void sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                    Nanoseconds deadline) noexcept;
  /// Wakes a thread that sleeps on the word. The word may be gone: its address only is used.
  static void wake(std::atomic<std::uint32_t>& word) noexcept;

  /// True if heavyBarrier() reaches every thread of the process, so that the frequent side of an
  /// AsymmetricFlag needs no instruction of its own.
  static bool hasHeavyBarrier() noexcept;
  /// Has every running thread of the process pass a full barrier, by membarrier(2) or
  /// FlushProcessWriteBuffers(). Where the system begins to refuse that, the program stops with a sentence.
  static void heavyBarrier() noexcept;
  /// Keeps the compiler, and only the compiler, from moving accesses across.
  static void lightBarrier() noexcept { std::atomic_signal_fence(std::memory_order_seq_cst); }
};

}  // namespace tincan::inline abi0::detail
