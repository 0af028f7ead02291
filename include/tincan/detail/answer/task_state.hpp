// tincan/detail/answer/task_state.hpp - who waits for a task, and who is the last to leave it
//
//   Threads   waitBy() and waitIsOver(): that of the one who waits; drop(): that of the handle;
//             finish(): that of the coroutine; tellingIsOver(): where the news has come to.
//   Order     What the coroutine did before finish() is visible to the one who waits, once isDone(),
//             and to the last one to leave.
//   Lifetime  Of waitIsOver(), drop() and tellingIsOver() one says that the caller is the last, who
//             destroys the task. Nobody else touches it afterwards.
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline v0::detail {

template <class Platform, class Waiter>
class TaskState {
 public:
  bool isDone() const noexcept { return (state_.load(std::memory_order_acquire) & Done) != 0; }
  /// Null: nobody waits.
  Waiter* waiter() const noexcept { return waiterIn(state_.load(std::memory_order_acquire)); }

  /// False if it is done. `begin(isWaitedFor)` is called before the waiter can be seen; what it throws,
  /// leaves.
  template <class Begin>
  bool waitBy(Waiter& waiter, Begin&& begin) {
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
  /// The waiter has what it waited for, or has gone; once for each.
  bool waitIsOver() noexcept {
    return isLast(state_.fetch_and(AllBits, std::memory_order_acq_rel) & AllBits);
  }

  bool drop() noexcept {
    return isLast(state_.fetch_or(Dropped, std::memory_order_acq_rel) | Dropped);
  }

  /// Who is to be told; or null. tellingIsOver() follows in any case.
  Waiter* finish() noexcept {
    // acq_rel: what the coroutine did is visible to the one who waits, or drops it.
    return waiterIn(state_.fetch_or(Done | Telling, std::memory_order_acq_rel));
  }
  bool tellingIsOver() noexcept {
    constexpr std::uintptr_t Told = ~std::uintptr_t{Telling};
    return isLast(state_.fetch_and(Told, std::memory_order_acq_rel) & Told);
  }

 private:
  // The bits of the state; above them the address of the waiter, if one waits.
  //   Done     the coroutine has ended.
  //   Dropped  the handle is gone.
  //   Telling  that it is done is on its way to the one who waits. Set with Done.
  enum Bits : std::uintptr_t { Done = 1, Dropped = 2, Telling = 4, AllBits = 7 };

  static Waiter* waiterIn(std::uintptr_t state) noexcept {
    static_assert(alignof(Waiter) > AllBits);
    return reinterpret_cast<Waiter*>(state & ~std::uintptr_t{AllBits});
  }
  static bool isLast(std::uintptr_t now) noexcept { return now == (Done | Dropped); }

  typename Platform::template atomic<std::uintptr_t> state_{0};
};

}  // namespace tincan::inline v0::detail
