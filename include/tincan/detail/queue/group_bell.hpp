// tincan/detail/queue/group_bell.hpp - wakes a thread that sleeps in several inboxes at once
//
//   Threads   ring(): any, once for each inbox whose mark it has taken. The others: the owner.
//   Order     What a thread did before ring() is visible to the owner once wait() or waitForRings() has heard it.
//   Progress  ring() never blocks.
//   Lifetime  May go once waitForRings() has heard all those who ring.
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

template <class Platform>
class GroupBell {
 public:
  GroupBell() = default;
  GroupBell(GroupBell const&) = delete;
  GroupBell& operator=(GroupBell const&) = delete;

  /// Wakes the owner, now or out of its wait().
  void ring() noexcept {
    // release: pairs with the acquires below. Afterwards the bell may be gone; only its address is used.
    rings_.fetch_add(1, std::memory_order_release);
    Platform::wake(rings_);
  }

  /// Returns once the bell has rung, or at the deadline.
  void wait(Nanoseconds deadline) noexcept {
    // acquire: pairs with the release in ring().
    while (rings_.load(std::memory_order_acquire) == 0) {
      if (deadline != NoDeadline && Platform::now() >= deadline) return;
      Platform::sleep(rings_, 0, deadline);
    }
  }

  /// Returns once it has rung so often, by those who have begun to ring it.
  void waitForRings(std::uint32_t rings) noexcept {
    // acquire: pairs with the release in ring().
    while (rings_.load(std::memory_order_acquire) < rings) Platform::yield();
  }

 private:
  typename Platform::template atomic<std::uint32_t> rings_{0};
};

}  // namespace tincan::inline abi0::detail
