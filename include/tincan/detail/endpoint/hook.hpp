// tincan/detail/endpoint/hook.hpp - a function of the user's that may be replaced while it runs
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/endpoint/running_hook.hpp>
#include <tincan/detail/process/mutex.hpp>

namespace tincan::inline abi0::detail {

/// The outcome of HookOf::call().
enum class HookCall {
  Called,
  Inside,  // not called: this thread is inside of a call
  NotSet   // there is no function
};

/// Whether a thread that is inside of a call may call again.
enum class Inside : bool { IsCalled, IsNotCalled };

/// A function of the user's, or none. Only who replaces and calls it knows its type.
///
///   Threads   Any. It may run on several threads at once.
///   Order     After replace(), and once Replaced::next() has returned false, no function before it is
///             running, and none ever runs again.
///   Progress  call() allocates nothing. It holds no lock while the function runs.
///   Lifetime  A function lives as long as its calls.
///   Errors    What the function throws, leaves call().
template <class Platform, class Mutex>
class HookOf {
 public:
  using HookWaiter = HookWaiterOf<Platform>;
  using RunningHook = RunningHookOf<Platform>;

  HookOf() = default;
  HookOf(HookOf const&) = delete;
  HookOf& operator=(HookOf const&) = delete;

  bool isSet() const noexcept {
    std::lock_guard const lock(mutex_);
    return function_ != nullptr;
  }

  /// Calls `call(address)` with the address of the function, if there is one. The calling thread has a clock and a
  /// list of the calls that it is inside of.
  template <class Call>
  HookCall call(std::uint64_t const& clock, RunningHook*& ofThread, ThreadHolder* holder,
                Inside inside, Call&& call) {
    RunningHook mine{&clock, holder};
    mine.calls = &calls_;
    void const* function = nullptr;
    {
      Lock const lock(*this);
      if (function_ == nullptr) return HookCall::NotSet;
      if (inside == Inside::IsNotCalled && isIn(ofThread, nullptr)) return HookCall::Inside;
      mine.function = function = function_.get();
      mine.number = ++begun_;
      mine.next = std::exchange(calls_.first, &mine);
    }
    mine.outer = std::exchange(ofThread, &mine);
    Leaving const leaving{*this, mine, ofThread};
    call(function);
    return HookCall::Called;
  }

  /// The function that was there before a replacement, and may be running; and so may what was
  /// there before that, for whose end somebody else waits.
  class [[nodiscard]] Replaced {
   public:
    Replaced(HookOf& hook, std::shared_ptr<void> before, std::uint64_t last) noexcept
        : hook_(hook), before_(std::move(before)), last_(last) {}
    Replaced(Replaced const&) = delete;
    Replaced& operator=(Replaced const&) = delete;
    /// Leaves the function to its calls.
    ~Replaced() {
      if (before_ == nullptr) return;
      Lock const lock(hook_);
      for (RunningHook* call = hook_.calls_.first; call != nullptr; call = call->next) {
        if (call->function == before_.get()) call->keep = before_;
      }
    }

    /// Finds a call that has not ended: see(call) is called, under the lock, and the waiter is in its
    /// list. False if there is none. Inside of a call, which may be one that others wait for: only of what
    /// was there just before, and not of a function that the calling thread is inside of.
    template <class See>
    [[nodiscard]] bool next(RunningHook const* ofThread, HookWaiter& waiter, See&& see) {
      Lock const lock(hook_);
      bool const isInside = hook_.isIn(ofThread, nullptr);
      for (RunningHook* call = hook_.calls_.first; call != nullptr; call = call->next) {
        if (call->number > last_) continue;
        if (isInside && (call->function != before_.get() || hook_.isIn(ofThread, call->function))) {
          continue;
        }
        waiter.ended.reset();
        waiter.next = std::exchange(call->waiters, &waiter);
        see(*call);
        return true;
      }
      return false;
    }
    /// Takes a waiter off the list, if it is there.
    void forget(HookWaiter& waiter) noexcept {
      Lock const lock(hook_);
      for (RunningHook* call = hook_.calls_.first; call != nullptr; call = call->next) {
        for (HookWaiter** place = &call->waiters; *place != nullptr; place = &(*place)->next) {
          if (*place != &waiter) continue;
          *place = waiter.next;
          return;
        }
      }
    }

   private:
    HookOf& hook_;
    std::shared_ptr<void> const before_;
    std::uint64_t const last_;  // of the calls that had begun
  };

  /// Puts another function there, or none.
  [[nodiscard]] Replaced replace(std::shared_ptr<void> held) noexcept {
    std::uint64_t last = 0;
    {
      std::lock_guard const lock(mutex_);
      function_.swap(held);
      last = begun_;
    }
    return Replaced(*this, std::move(held), last);
  }

 private:
  /// Holds the mutex. In a forked child the calls of its parent are not in the list any more, but for
  /// those of the thread that has forked: see RunningHookOf::keepOnly().
  struct Lock {
    explicit Lock(HookOf& hook) noexcept : guard(hook.mutex_) {
      if constexpr (requires { Mutex::generation(); }) {
        std::uint32_t const now = Mutex::generation();
        if (hook.calls_.generation != now) hook.calls_ = {nullptr, now};
      }
    }
    std::lock_guard<Mutex> const guard;
  };

  /// Takes a call off both lists at its end, and tells those who wait for it.
  struct Leaving {
    HookOf& hook;
    RunningHook& mine;
    RunningHook*& ofThread;
    [[gnu::always_inline]] ~Leaving() {
      // Where threads are simulated, not always the innermost one.
      RunningHook** own = &ofThread;
      while (*own != &mine) own = &(*own)->outer;
      *own = mine.outer;
      std::shared_ptr<void> gone;  // its end is outside of the lock
      // No Lock: a child that is forked inside of the call has it in its list.
      std::lock_guard const lock(hook.mutex_);
      RunningHook** place = &hook.calls_.first;
      while (*place != &mine) place = &(*place)->next;
      *place = mine.next;
      while (HookWaiter* const waiter = mine.waiters) {
        mine.waiters = waiter->next;  // it may go as soon as it is told
        waiter->clock = *mine.clock;
        waiter->ended.signal();
      }
      gone = std::move(mine.keep);
    }
  };

  /// Whether one of a thread's calls is of this hook; of that function, if one is given.
  bool isIn(RunningHook const* ofThread, void const* function) const noexcept {
    for (auto const* call = ofThread; call != nullptr; call = call->outer) {
      bool const isMine = call->calls == &calls_;
      if (isMine && (function == nullptr || call->function == function)) return true;
    }
    return false;
  }

  mutable Mutex mutex_{};  // guards the next three, and all calls in the list
  std::shared_ptr<void> function_{};
  HookCallsOf<Platform> calls_{};
  std::uint64_t begun_ = 0;  // how many calls
};

using Hook = HookOf<ThreadPlatform, Mutex>;

}  // namespace tincan::inline abi0::detail
