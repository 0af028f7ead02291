// tincan/detail/base/light_mutex.hpp - a mutex for a few instructions
//
// Ulrich Drepper's, "Futexes Are Tricky" (2011), the second one.
//
//   Threads   Any. Not recursive.
//   Order     What was written before unlock() is visible after the next lock().
//   Progress  Without contention one atomic instruction each. It allocates nothing.
//   Lifetime  unlock() touches nothing once another thread can have the lock, so that thread may end it.
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

template <class Platform>
class LightMutex {
 public:
  LightMutex() = default;
  LightMutex(LightMutex const&) = delete;
  LightMutex& operator=(LightMutex const&) = delete;

  [[gnu::always_inline]] void lock() noexcept {
    std::uint32_t seen = Free;
    // acquire: pairs with the release in unlock().
    if (!word_.compare_exchange_strong(seen, Held, std::memory_order_acquire,
                                       std::memory_order_relaxed)) [[unlikely]]
      lockSlowly();
  }

  [[gnu::always_inline]] void unlock() noexcept {
    // release: pairs with the acquire of whoever locks next.
    if (word_.exchange(Free, std::memory_order_release) == Contended) [[unlikely]]
      Platform::wake(word_);
  }

 private:
  //   Free       nobody has it
  //   Held       somebody has it, and nobody sleeps
  //   Contended  somebody has it, and others may sleep
  //
  //   Free            -> Held       lock()
  //   any             -> Contended  lockSlowly(), which has it if it was Free, and else sleeps
  //   Held, Contended -> Free       unlock(), which wakes one thread if it was Contended
  enum : std::uint32_t { Free, Held, Contended };

  [[gnu::noinline]] void lockSlowly() noexcept {
    // acquire: pairs with the release in unlock().
    // Contended, also by the one that gets it: others may sleep still.
    while (word_.exchange(Contended, std::memory_order_acquire) != Free) {
      Platform::sleep(word_, Contended, NoDeadline);
    }
  }

  typename Platform::template atomic<std::uint32_t> word_{Free};
};

}  // namespace tincan::inline abi0::detail
