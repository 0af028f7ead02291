// tincan/detail/endpoint/running_hook.hpp - a call of a hook that is under way
#pragma once

#include <cstdint>
#include <memory>

#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

class ThreadHolder;

/// Somebody who waits for the end of a call.
///
///   Lifetime  On the stack of the one who waits, who takes it off the list if it gives up.
template <class Platform>
struct HookWaiterOf {
  AnswerState<Platform> ended{};
  std::uint64_t clock = 0;  // of the thread of the call, when it ended
  HookWaiterOf* next = nullptr;
};
using HookWaiter = HookWaiterOf<ThreadPlatform>;

template <class Platform>
struct RunningHookOf;

/// The calls of one hook that are under way; under its lock.
template <class Platform>
struct HookCallsOf {
  RunningHookOf<Platform>* first = nullptr;
  std::uint32_t generation = 0;  // of the process that they are in
};

/// A call that is under way, on the stack of the thread that calls.
///
///   Threads   The one that calls; the links of the hook's list and the waiters under its lock.
template <class Platform>
struct RunningHookOf {
  std::uint64_t const* clock;  // that thread's
  ThreadHolder* holder;        // null: it has none
  void const* function = nullptr;
  std::uint64_t number = 0;       // in the order of beginning
  RunningHookOf* next = nullptr;  // link among the calls
  HookWaiterOf<Platform>* waiters = nullptr;
  std::shared_ptr<void> keep = nullptr;    // the function, if it was replaced meanwhile
  HookCallsOf<Platform>* calls = nullptr;  // those that it is one of
  RunningHookOf* outer = nullptr;          // another one of the thread, of any hook

  /// Forgets, in a forked child, all calls but these, which its only thread is inside of. All
  /// others lie on stacks of threads that only the parent has, and so does whoever waits for these.
  static void keepOnly(RunningHookOf* innermost, std::uint32_t generation) noexcept {
    for (auto* call = innermost; call != nullptr; call = call->outer) *call->calls = {};
    for (auto* call = innermost; call != nullptr; call = call->outer) {
      call->waiters = nullptr;
      call->next = call->calls->first;
      *call->calls = {call, generation};
    }
  }
};
using RunningHook = RunningHookOf<ThreadPlatform>;

}  // namespace tincan::inline abi0::detail
