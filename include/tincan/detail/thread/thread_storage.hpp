// tincan/detail/thread/thread_storage.hpp - what each thread has, from its first use of a bus until its end
#pragma once

#include <tincan/detail/base/fork_gate.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>

#if defined(_WIN32)
#include <cstdlib>
#include <new>

#include <tincan/detail/base/light_mutex.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/windows_calls.hpp>
#endif

namespace tincan::inline abi0::detail {

/// It has no destructor: it is there as long as the thread is.
struct ThreadStorage {
  ThreadState state{};
  ForkGate::Sections sections{};  // that a fork() waits for
};

#if defined(_WIN32)

/// The ThreadStorages of all threads that use a bus. What g++ has for thread_local variables on Windows ends
/// before the destructors of other thread_local objects run, which may use a bus still; so they are allocated,
/// and a new thread uses again what a thread had that is over.
///
///   Threads   Any.
///   Lifetime  Never ends.
class ThreadStorages {
 public:
  /// The calling thread's. Without memory the program ends.
  static ThreadStorage& mine() noexcept {
    static unsigned long const key = TlsAlloc();
    auto* own = static_cast<Item*>(TlsGetValue(key));
    if (own == nullptr) {
      own = &instance().take();
      if (TlsSetValue(key, own) == 0) std::abort();
    }
    return own->storage;
  }

 private:
  struct Item {
    ThreadStorage storage;
    void* thread = nullptr;  // a handle, signalled once the thread is over
    Item* next = nullptr;
  };

  static ThreadStorages& instance() noexcept {
    static constinit ThreadStorages all;
    return all;
  }

  Item& take() noexcept {
    constexpr unsigned long Synchronize = 0x00100000;
    void* const thread = OpenThread(Synchronize, 0, GetCurrentThreadId());
    mutex_.lock();
    Item* item = first_;
    while (item != nullptr && !isOver(item->thread)) item = item->next;
    if (item != nullptr) {
      CloseHandle(item->thread);
      Item* const next = item->next;
      item = new (item) Item{{}, thread, next};
    } else {
      item = first_ = new Item{{}, thread, first_};
    }
    mutex_.unlock();
    return *item;
  }
  static bool isOver(void* thread) noexcept {
    return thread != nullptr && WaitForSingleObject(thread, 0) == 0;
  }

  LightMutex<ThreadPlatform> mutex_;
  Item* first_ = nullptr;
};

#endif

}  // namespace tincan::inline abi0::detail
