// tincan/detail/hook.hpp - layer 4 - a function of the user's that may be replaced while it runs
//
//   Threads   Any. It may run on several threads at once.
//   Order     After replace(), and once Replaced::next() has returned null, the function before is not
//             running and never runs again.
//   Progress  call() allocates nothing. It holds no lock while the function runs.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/answer_state.hpp>
#include <tincan/detail/platform.hpp>

namespace tincan::detail {

class ThreadHolder;

enum class HookCall {
  Called,
  Inside,  // not called: this thread is inside of a call
  None     // there is no function
};

/// What becomes of a call inside of a call, by one thread.
enum class Inside : bool { IsCalled, IsNotCalled };

/// Whoever waits for the end of a call.
struct HookWaiter {
  AnswerState<ThreadPlatform> ended;
  std::uint64_t clock = 0;  // of the thread of the call, when it ended
  HookWaiter* next = nullptr;
};

/// A call that is under way, on its stack.
struct RunningHook {
  void const* thread;          // its ThreadState
  std::uint64_t const* clock;  // that thread's
  ThreadHolder* holder;        // null: it has none
  void const* function = nullptr;
  RunningHook* next = nullptr;
  HookWaiter* waiters = nullptr;
  std::shared_ptr<void> keep;  // the function, if it was replaced meanwhile
};

template <class... A>
class Hook {
 public:
  using Function = std::function<void(A...)>;

  Hook() = default;
  Hook(Hook const&) = delete;
  Hook& operator=(Hook const&) = delete;

  bool isSet() const noexcept {
    std::lock_guard const lock(mutex_);
    return function_ != nullptr;
  }

  /// `call(function)` is called, if there is one. `thread` names the calling thread, and has a clock.
  /// What the function throws, leaves.
  template <class Call>
  HookCall call(void const* thread, std::uint64_t const& clock, ThreadHolder* holder, Inside inside,
                Call&& call) {
    RunningHook mine{thread, &clock, holder, nullptr, nullptr, nullptr, nullptr};
    Function const* function = nullptr;
    {
      std::lock_guard const lock(mutex_);
      if (function_ == nullptr) return HookCall::None;
      if (inside == Inside::IsNotCalled && isOn(thread, nullptr)) return HookCall::Inside;
      mine.function = function = function_.get();
      mine.next = std::exchange(running_, &mine);
    }
    Leaving const leaving{*this, mine};
    call(*function);
    return HookCall::Called;
  }

  /// What was there before, which may be running.
  class Replaced {
   public:
    Replaced(Hook& hook, std::shared_ptr<Function> before) noexcept
        : hook_(hook), before_(std::move(before)) {}
    Replaced(Replaced const&) = delete;
    Replaced& operator=(Replaced const&) = delete;
    /// The function lives as long as its calls.
    ~Replaced() {
      if (before_ == nullptr) return;
      std::lock_guard const lock(hook_.mutex_);
      for (RunningHook* call = hook_.running_; call != nullptr; call = call->next) {
        if (call->function == before_.get()) call->keep = before_;
      }
    }

    /// True if a call has not ended: it is told to see(call), under the lock, and has the waiter in its
    /// list. False, too, if the calling thread is inside of one.
    template <class See>
    bool next(void const* thread, HookWaiter& waiter, See&& see) {
      if (before_ == nullptr) return false;
      std::lock_guard const lock(hook_.mutex_);
      if (hook_.isOn(thread, before_.get())) return false;
      for (RunningHook* call = hook_.running_; call != nullptr; call = call->next) {
        if (call->function != before_.get()) continue;
        waiter.ended.reset();
        waiter.next = std::exchange(call->waiters, &waiter);
        see(*call);
        return true;
      }
      return false;
    }
    /// The waiter no longer waits.
    void forget(HookWaiter& waiter) noexcept {
      std::lock_guard const lock(hook_.mutex_);
      for (RunningHook* call = hook_.running_; call != nullptr; call = call->next) {
        for (HookWaiter** place = &call->waiters; *place != nullptr; place = &(*place)->next) {
          if (*place != &waiter) continue;
          *place = waiter.next;
          return;
        }
      }
    }

   private:
    Hook& hook_;
    std::shared_ptr<Function> const before_;
  };

  /// Throws std::bad_alloc, and then nothing has happened; not for an empty function.
  Replaced replace(Function function) {
    auto held = function ? std::make_shared<Function>(std::move(function)) : nullptr;
    {
      std::lock_guard const lock(mutex_);
      function_.swap(held);
    }
    return Replaced(*this, std::move(held));
  }

 private:
  struct Leaving {
    Hook& hook;
    RunningHook& mine;
    ~Leaving() {
      std::shared_ptr<void> gone;  // its end is outside of the lock
      std::lock_guard const lock(hook.mutex_);
      RunningHook** place = &hook.running_;
      while (*place != &mine) place = &(*place)->next;
      *place = mine.next;
      while (HookWaiter* const waiter = mine.waiters) {
        mine.waiters = waiter->next;  // it may go as soon as it is told
        waiter->clock = *mine.clock;
        waiter->ended.publish();
      }
      gone = std::move(mine.keep);
    }
  };

  /// Under the lock: whether the thread is inside of a call; of that function, if one is given.
  bool isOn(void const* thread, void const* function) const noexcept {
    for (RunningHook const* call = running_; call != nullptr; call = call->next) {
      if (call->thread == thread && (function == nullptr || call->function == function))
        return true;
    }
    return false;
  }

  mutable std::mutex mutex_;
  std::shared_ptr<Function> function_;
  RunningHook* running_ = nullptr;
};

}  // namespace tincan::detail
