// tincan/detail/base/per_thread.hpp - a variable that each thread has for itself, as long as it lives
#pragma once

#include <tincan/detail/base/platform.hpp>

// Where g++ emulates thread_local variables, they end before the destructors of other thread_local objects run, and
// before Windows tells of the end of a thread; who uses one then may spin for ever, in a thread that is detached.
#if defined(__MINGW32__)
#include <cstdlib>
#include <new>

#include <tincan/detail/base/light_mutex.hpp>
#include <tincan/detail/base/windows_calls.hpp>
#endif

namespace tincan::inline abi0::detail {

/// A T of each thread, in each module, which has no destructor that must run: it is there until the thread is over,
/// after all destructors of its thread_local objects.
///
///   Threads   Each has its own.
template <class T>
class PerThread {
 public:
#if defined(__MINGW32__)
  /// The calling thread's. Without memory the program ends.
  static T& mine() noexcept {
    static unsigned long const key = TlsAlloc();
    auto* own = static_cast<Item*>(TlsGetValue(key));
    if (own == nullptr) [[unlikely]] {
      own = &take();
      if (TlsSetValue(key, own) == 0) std::abort();
    }
    return own->value;
  }

 private:
  /// Allocated, and used again by a new thread once the one that had it is over.
  struct Item {
    T value{};
    void* thread = nullptr;  // a handle, signalled once the thread is over
    Item* next = nullptr;
  };
  struct All {
    LightMutex<ThreadPlatform> mutex{};
    Item* first = nullptr;
  };

  static Item& take() noexcept {
    constexpr unsigned long Synchronize = 0x00100000;
    void* const thread = OpenThread(Synchronize, 0, GetCurrentThreadId());
    all_.mutex.lock();
    Item* item = all_.first;
    while (item != nullptr && !isOver(item->thread)) item = item->next;
    if (item != nullptr) {
      CloseHandle(item->thread);
      Item* const next = item->next;
      item = new (item) Item{{}, thread, next};
    } else {
      item = all_.first = new Item{{}, thread, all_.first};
    }
    all_.mutex.unlock();
    return *item;
  }
  static bool isOver(void* thread) noexcept {
    return thread != nullptr && WaitForSingleObject(thread, 0) == 0;
  }

  static inline constinit All all_{};
#else
  static T& mine() noexcept { return own_; }

 private:
  static inline constinit thread_local T own_{};
#endif
};

}  // namespace tincan::inline abi0::detail
