// tincan/detail/thread/end_key.hpp - a place in each thread, of which a function is told at the thread's end
#pragma once

#if defined(_WIN32)
#include <tincan/detail/base/windows_calls.hpp>
#else
#include <pthread.h>
#endif

namespace tincan::inline abi0::detail {

/// Kept as a number, so that all modules of a process use one.
///
///   Threads   Any; each has a value of its own.
struct EndKey {
#if defined(_WIN32)
  // Windows tells before it destroys the thread_local objects.

  /// Whether the function is called again if it sets the value again.
  static constexpr bool CallsAgain = false;

  template <void (*AtEnd)(void*) noexcept>
  static bool make(unsigned long& key) noexcept {
    key = FlsAlloc(&tell<AtEnd>);
    return key != 0xFFFFFFFF;
  }
  static void remove(unsigned long key) noexcept { FlsFree(key); }
  static bool set(unsigned long key, void* value) noexcept { return FlsSetValue(key, value) != 0; }

 private:
  /// At the end of the process the other threads are gone already, perhaps with locks: nothing is told.
  template <void (*AtEnd)(void*) noexcept>
  static void __stdcall tell(void* value) {
    using IsAtEnd = unsigned char __stdcall();
    static auto* const isAtEnd = windowsFunction<IsAtEnd>(L"ntdll.dll", "RtlDllShutdownInProgress");
    if (isAtEnd != nullptr && isAtEnd() != 0) return;
    AtEnd(value);
  }
#else
  /// Whether the function is called again if it sets the value again.
  static constexpr bool CallsAgain = true;

  /// The function is called on each thread that has a value, after all its thread_local objects.
  /// False: there is no key left, or no memory.
  template <void (*AtEnd)(void*) noexcept>
  static bool make(unsigned long& key) noexcept {
    pthread_key_t made{};
    if (pthread_key_create(&made, [](void* value) { AtEnd(value); }) != 0) return false;
    key = static_cast<unsigned long>(made);
    return true;
  }
  static void remove(unsigned long key) noexcept {
    pthread_key_delete(static_cast<pthread_key_t>(key));
  }
  /// False without memory; the first keys of a process need none.
  static bool set(unsigned long key, void* value) noexcept {
    return pthread_setspecific(static_cast<pthread_key_t>(key), value) == 0;
  }
#endif
};

}  // namespace tincan::inline abi0::detail
