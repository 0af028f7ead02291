// tincan/detail/endpoint/thread_state.hpp - what this thread is to the buses
//
// Each thread has one ThreadState, whichever module's code it runs: its ThreadStorage, by the code of the module that
// the Process is of. It is there before anything is constructed and after everything is destroyed, so destructors of
// objects with static or thread storage use it as all others do. The main thread's never ends; another thread's ends
// by an EndKey.
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/answer/answer_pool.hpp>
#include <tincan/detail/base/per_thread.hpp>
#include <tincan/detail/base/spin_budget.hpp>
#include <tincan/detail/endpoint/running_hook.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline abi0::detail {

class EndpointCore;
struct Driver;
struct PollScope;
struct PortRemains;

/// What a thread knows of itself.
///
///   Threads   Its own.
struct ThreadState {
  EndpointCore* current = nullptr;   // the innermost whose poll or thread body is running
  PollScope* poll = nullptr;         // the innermost that is under way
  std::uintptr_t stackForPolls = 0;  // in bytes; 0: not known yet
  EndpointCore* body = nullptr;      // whose thread's body is running, if it is that thread
  EndpointCore* sender = nullptr;  // by which it sends when it runs none; a cache, null: not known
  // By which it sent last for an endpoint that it has not polled; a cache, null: not known.
  EndpointCore* standIn = nullptr;
  // By which it sent last by a handle of an endpoint that does not belong to it; a cache.
  struct ByHandle {
    EndpointCore* from = nullptr;     // gave the handle; null: nobody
    EndpointCore* current = nullptr;  // was the innermost then
    EndpointCore* sender = nullptr;   // null: not known
  } byHandle;
  ThreadToken* token = nullptr;  // null until somebody must be able to name the thread
  std::uint64_t clock = 0;       // Lamport's
  std::atomic<std::uint64_t>* told = nullptr;  // of the Process, see tell()
  unsigned sending = 0;                        // sends that are under way, one inside another
  unsigned dropping = 0;               // messages that are being dropped, one inside another
  EndpointCore* leaving = nullptr;     // a list of those that leave() once no send is under way
  PortRemains* portRemains = nullptr;  // the innermost that is being destroyed
  RunningHook* hooks = nullptr;        // the innermost call of a hook that it is inside of
  Driver* driver = nullptr;            // while code of an endpoint runs that it drives
  AnswerPool answers{};
  SpinBudget waitSpins{4000};
  ThreadHolder* holder = nullptr;  // null: none yet, or isOver
  bool isEnding = false;           // it waits for nobody any more
  bool isOver = false;             // what ends with the thread has ended

  void forgetSenders() noexcept {
    sender = standIn = nullptr;
    byHandle = {};
  }
};

/// This module's pointer to the state of the thread; null until the module has looked.
using ThreadStateHere = PerThread<ThreadState*>;

ThreadState& findThreadState() noexcept;

/// The state of the calling thread.
[[gnu::always_inline]] inline ThreadState& threadState() noexcept {
  ThreadState* const state = ThreadStateHere::mine();
  if (state != nullptr) [[likely]]
    return *state;
  return findThreadState();
}

/// Makes the calling thread know of something with that stamp: what it sends next has a larger one.
[[gnu::always_inline]] inline void raiseClock(std::uint64_t stamp) noexcept {
  ThreadState& state = threadState();
  if (stamp > state.clock) state.clock = stamp;
}

}  // namespace tincan::inline abi0::detail
