// tincan/detail/queue/doorbell.hpp - wakes one sleeping thread
//
//   Threads   ring() from any thread; quiet() and wait() from the owner only.
//   Order     What a thread did before ring() is visible to the owner once wait() has heard it.
//   Progress  ring() never blocks; a ring that comes late makes one later wait() return early.
//   Lifetime  Must outlive every ring().
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

template <class Platform>
class Doorbell {
 public:
  Doorbell() = default;
  Doorbell(Doorbell const&) = delete;
  Doorbell& operator=(Doorbell const&) = delete;

  /// Forgets earlier rings. After it the owner tells the others that it is about to sleep.
  void quiet() noexcept {
    // relaxed: whoever rings has first read, by acquire, that the owner wants to sleep.
    rung_.store(0, std::memory_order_relaxed);
  }

  /// Returns once the bell has rung since quiet(), or at the deadline.
  void wait(Nanoseconds deadline) noexcept {
    // acquire: pairs with the release in ring().
    while (rung_.load(std::memory_order_acquire) == 0) {
      if (deadline != NoDeadline && Platform::now() >= deadline) return;
      Platform::sleep(rung_, 0, deadline);
    }
  }

  /// Wakes the owner, now or out of its next wait().
  void ring() noexcept {
    // release: pairs with the acquire in wait().
    rung_.store(1, std::memory_order_release);
    Platform::wake(rung_);
  }

 private:
  typename Platform::template atomic<std::uint32_t> rung_{0};
};

}  // namespace tincan::inline abi0::detail
