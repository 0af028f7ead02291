// tincan/detail/answer/task_state.hpp - who waits for a Task, and who is the last to leave it
#pragma once

#include <atomic>
#include <cstdint>

namespace tincan::inline abi0::detail {

/// The state of one Task, which a handle, a waiter, and the news that it is done hold together.
///
///   Threads   waitBy() and waitIsOver(): that of the one who waits; drop(): that of the handle;
///             finish(): that of the coroutine; tellingIsOver(): where the news has come to; beginCancel():
///             any, while it is held; cancelIsOver(): where the cancelling has come to.
///   Order     What the coroutine did before finish() is visible to the one who waits, once isDone(),
///             and to the last one to leave.
///   Lifetime  Of waitIsOver(), drop(), tellingIsOver() and cancelIsOver() one says that the caller is the
///             last, who destroys the Task. Nobody else touches it afterwards.
template <class Platform, class Waiter>
class TaskState {
 public:
  bool isDone() const noexcept {
    // acquire: pairs with the release in finish().
    return (state_.load(std::memory_order_acquire) & Done) != 0;
  }
  /// The one who waits; null: nobody does.
  Waiter* waiter() const noexcept {
    // acquire: pairs with the release in waitBy().
    return waiterIn(state_.load(std::memory_order_acquire));
  }

  /// The waiter waits from now on; false if the Task is done. `begin(isWaitedFor)` is called before the
  /// waiter can be seen; what it throws, leaves.
  template <class Begin>
  [[nodiscard]] bool waitBy(Waiter& waiter, Begin&& begin) {
    // acquire, here and below: pairs with the release in finish(), whose result is visible then.
    std::uintptr_t seen = state_.load(std::memory_order_acquire);
    if ((seen & Done) != 0) return false;
    begin(waiterIn(seen) != nullptr);
    // release: pairs with the acquire in finish().
    while (!state_.compare_exchange_weak(seen, seen | reinterpret_cast<std::uintptr_t>(&waiter),
                                         std::memory_order_acq_rel, std::memory_order_acquire)) {
      if ((seen & Done) != 0) return false;
    }
    return true;
  }
  /// The waiter has what it waited for, or has gone; once for each. True for the last one.
  [[nodiscard]] bool waitIsOver() noexcept {
    // acq_rel, as in the next ones: the last one sees what all others have done before they left.
    return isLast(state_.fetch_and(AllBits, std::memory_order_acq_rel) & AllBits);
  }

  /// The handle is gone. True for the last one.
  [[nodiscard]] bool drop() noexcept {
    // acq_rel: see waitIsOver().
    return isLast(state_.fetch_or(Dropped, std::memory_order_acq_rel) | Dropped);
  }

  /// The coroutine has ended. Returns who is to be told, or null. tellingIsOver() follows in any case.
  [[nodiscard]] Waiter* finish() noexcept {
    // release: pairs with the acquire in isDone(), waitBy(), and of whoever leaves last. acquire: pairs
    // with the release in waitBy().
    return waiterIn(state_.fetch_or(Done | Telling, std::memory_order_acq_rel));
  }
  /// The waiter has been told, or there was none. True for the last one.
  [[nodiscard]] bool tellingIsOver() noexcept {
    constexpr std::uintptr_t Told = ~std::uintptr_t{Telling};
    // acq_rel: see waitIsOver().
    return isLast(state_.fetch_and(Told, std::memory_order_acq_rel) & Told);
  }

  /// Somebody cancels. True if nobody else does at this time: then cancelIsOver() follows.
  [[nodiscard]] bool beginCancel() noexcept {
    // relaxed: a Task is told of what happened before by the way that the cancelling takes to its thread.
    return (state_.fetch_or(Cancelling, std::memory_order_relaxed) & Cancelling) == 0;
  }
  /// The cancelling has done what it can. True for the last one.
  [[nodiscard]] bool cancelIsOver() noexcept {
    constexpr std::uintptr_t Over = ~std::uintptr_t{Cancelling};
    // acq_rel: see waitIsOver().
    return isLast(state_.fetch_and(Over, std::memory_order_acq_rel) & Over);
  }

 private:
  // The bits of the state; above them the address of the waiter, if one waits. Set by:
  //   Done        finish(): the coroutine has ended. Final.
  //   Dropped     drop(): the handle is gone. Final.
  //   Telling     finish(), until tellingIsOver(): that it is done is on its way to the one who waits.
  //   Cancelling  beginCancel(), until cancelIsOver(): that it was cancelled is on its way to the coroutine.
  // The last one to leave finds Done and Dropped alone.
  enum Bits : std::uintptr_t { Done = 1, Dropped = 2, Telling = 4, Cancelling = 8, AllBits = 15 };

  static Waiter* waiterIn(std::uintptr_t state) noexcept {
    static_assert(alignof(Waiter) > AllBits);
    return reinterpret_cast<Waiter*>(state & ~std::uintptr_t{AllBits});
  }
  static bool isLast(std::uintptr_t now) noexcept { return now == (Done | Dropped); }

  typename Platform::template atomic<std::uintptr_t> state_{0};
};

}  // namespace tincan::inline abi0::detail
