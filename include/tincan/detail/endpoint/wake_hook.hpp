// tincan/detail/endpoint/wake_hook.hpp - the function that wakes a loop which is not the endpoint's own
#pragma once

#include <atomic>
#include <utility>

#include <tincan/detail/base/shared_function.hpp>
#include <tincan/detail/endpoint/hook.hpp>
#include <tincan/detail/endpoint/notices.hpp>

namespace tincan::inline abi0::detail {

/// A function of onWake().
using WakeFunction = SharedFunction<void()>;

/// The hook that onWake() has set.
///
///   Threads   hook(), mark(), isFirstClosing(): any. ring(): the endpoint's.
class WakeHook {
 public:
  WakeHook() = default;
  WakeHook(WakeHook const&) = delete;
  WakeHook& operator=(WakeHook const&) = delete;

  /// True if there is one. A hook that is set just now is called by whoever sets it, if messages
  /// wait.
  bool isSet() const noexcept {
    // relaxed: only a hint of the store in mark(); the lock of the hook orders what is called.
    return isSet_.load(std::memory_order_relaxed);
  }

  /// Notes whether there is a hook: after it was replaced, or before it is taken away.
  void mark(bool isSet, Notices& notices) noexcept;
  Hook& hook() noexcept { return hook_; }

  /// True once, if there is a hook: it is to be told that the endpoint is closed.
  [[nodiscard]] bool isFirstClosing() noexcept {
    // acq_rel: pairs with itself; of several threads that close the endpoint one is the first.
    return isSet() && !isClosingTold_.exchange(true, std::memory_order_acq_rel);
  }

  /// Calls `call()`; a hook that polls comes back here, and then it is called again once it has
  /// returned, not inside of itself.
  template <class Call>
  void ring(Call&& call) {
    mustRingAgain_ = true;
    if (isRinging_) return;
    isRinging_ = true;
    while (std::exchange(mustRingAgain_, false)) call();
    isRinging_ = false;
  }

 private:
  Hook hook_{};
  std::atomic<bool> isSet_{false};
  std::atomic<bool> isClosingTold_{false};
  bool isRinging_ = false;  // of the endpoint's thread, as the next
  bool mustRingAgain_ = false;
};

}  // namespace tincan::inline abi0::detail
