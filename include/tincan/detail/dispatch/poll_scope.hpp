// tincan/detail/dispatch/poll_scope.hpp - one poll or run of an endpoint
#pragma once

#include <cstdint>
#include <utility>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/dispatch/continuing.hpp>
#include <tincan/detail/dispatch/sender_scopes.hpp>
#include <tincan/detail/dispatch/wake.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/running.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/detail/thread/wait_for_calls.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

inline void dropAbandonedLanes(EndpointCore& core) {
  core.notices.remove(Notices::AbandonedLanes);
  // They end here, outside of the lock. acquire: pairs with the release in MessageLane::leave().
  auto const gone =
      core.lanes.takeAbandoned(core.inbox, core.abandonedLanes.load(std::memory_order_acquire));
  // relaxed: the count only says that it is worth to look.
  auto const count = static_cast<std::uint32_t>(gone.size());
  if (core.abandonedLanes.fetch_sub(count, std::memory_order_relaxed) != count) {
    core.notices.add(Notices::AbandonedLanes);  // some were not empty
  }
}

[[gnu::noinline]] inline void tidyUpNow(EndpointCore& core) {
  removeNow(core);
  letDisownedGo();
  if (core.notices.has(Notices::AbandonedLanes)) [[unlikely]]
    dropAbandonedLanes(core);
  if (core.notices.has(Notices::EndingScopes)) [[unlikely]]
    core.scopes->endThose();
  if (core.notices.has(Notices::Timers)) [[unlikely]]
    runTimers(core);
}

/// Ends, between rounds, what is left of others that have gone, and then lets timers go on that are due.
[[gnu::always_inline]] inline void tidyUp(EndpointCore& core, ThreadState const& thread) {
  constexpr auto Untidy =
      Notices::Leaving | Notices::EndingScopes | Notices::AbandonedLanes | Notices::Timers;
  bool const isTidy =
      !core.notices.has(Untidy) &&
      (thread.token == nullptr || !Departure<ThreadPlatform>::hasSome(*thread.token));
  if (!isTidy) [[unlikely]]
    tidyUpNow(core);
}

/// While it lives the calling thread, which is the endpoint's, may take from its lanes and runs it. At
/// the end of the last one an endpoint that was closed meanwhile is drained.
struct PollScope {
  explicit PollScope(EndpointCore& endpoint) noexcept
      : PollScope(endpoint, threadState(), endpoint.gate.enter()) {}
  /// Takes over a poll of the calling thread that has begun: `entered` is what enter() of the gate has
  /// returned.
  PollScope(EndpointCore& endpoint, ThreadState& callingThread, std::uint32_t entered) noexcept
      : core(endpoint),
        thread(callingThread),
        running(endpoint, callingThread),
        outer(entered),
        outside_(std::exchange(callingThread.poll, this)),
        bottom_(outside_ == nullptr ? stackHere() : outside_->bottom_) {}
  ~PollScope() {
    thread.poll = outside_;
    if (core.gate.exit(outer)) [[unlikely]]
      core.drainAfterPoll(running.isInside(core));
  }
  PollScope(PollScope const&) = delete;
  PollScope& operator=(PollScope const&) = delete;

  /// Tidies up, and lets timers go on, before the first round and between rounds.
  void tidyUp() {
    if (outer == 0) detail::tidyUp(core, thread);
    else if (core.notices.has(Notices::Timers)) [[unlikely]] runTimers(core);
  }
  /// Arms the wake hook again, after the last round.
  void rearm() {
    if (outer == 0 && core.notices.has(Notices::Hooked)) [[unlikely]]
      detail::rearm(core);
  }
  /// True if this poll is to leave its messages to the polls of the endpoint around it: the stack must not grow
  /// with the number of messages, where handlers poll inside of handlers, of whatever endpoints the thread has.
  bool isTooDeep() const noexcept { return outer != 0 && isDeep(); }
  /// Throws Deadlock if this run is to leave its messages to the polls around it: it would wait for these, and they
  /// for it.
  void refuseIfTooDeep() const {
    if (!isTooDeep()) [[likely]]
      return;
    throw Error(Errc::Deadlock, {},
                "run: '" + core.displayName() +
                    "' is run inside of so many of its own handlers that the stack would overflow");
  }

  EndpointCore& core;
  ThreadState& thread;
  Running running;
  std::uint32_t outer;  // polls of the endpoint around this one

 private:
  /// True if the thread's polls take much of the stack, and are many.
  [[gnu::noinline]] bool isDeep() const noexcept {
    constexpr std::uintptr_t Little = 48 * 1024;
    std::uintptr_t const here = stackHere();
    std::uintptr_t const taken = here < bottom_ ? bottom_ - here : here - bottom_;
    return taken > Little && isInsideOfMany() && taken > stackForPolls();
  }
  /// What polls may take of this thread's stack, if they are many.
  std::uintptr_t stackForPolls() const noexcept {
    constexpr std::uintptr_t Most = 1024 * 1024, Usual = 512 * 1024;
    if (thread.stackForPolls == 0) {
      std::uintptr_t const size = ThreadPlatform::stackSize();
      std::uintptr_t const half = (size == 0 ? Usual : size) / 2;
      thread.stackForPolls = half < Most ? half : Most;
    }
    return thread.stackForPolls;
  }
  bool isInsideOfMany() const noexcept {
    int left = 16;
    PollScope const* around = outside_;
    while (around != nullptr && left-- > 0) around = around->outside_;
    return around != nullptr;
  }
  [[gnu::always_inline]] static std::uintptr_t stackHere() noexcept {
    return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  }

  PollScope* const outside_;     // the thread's poll around this one, of whatever endpoint
  std::uintptr_t const bottom_;  // where the stack was in the outermost of them
};

/// Replaces the wake hook. When it returns the old one is not running, but on this thread, and
/// never runs again. If messages wait, or a quit does, the new one is called here. Throws Deadlock if
/// the old one waits for this thread.
inline void setWakeHook(EndpointCore& core, WakeFunction hook) {
  auto const keep = core.shared_from_this();  // the hook may end this
  noteWakeHook(core);
  bool const isSet = !(hook == nullptr);
  auto replaced = core.wakeHook.hook().replace(hook.release());
  core.wakeHook.mark(isSet, core.notices);
  if (isSet && core.gate.observe() == EndpointCore::Gate::Closed) {
    // Whoever has closed it meanwhile has found no hook or the one before; or calls this one, too.
    static_cast<void>(core.wakeHook.isFirstClosing());
    callWakeHook(core);
  } else if (isSet && !core.gate.isPolled()) {
    PollScope const scope(core);
    rearm(core);
    // Of this and ThreadRecord::quit() the one that has the hook's lock later sees what the other one has done.
    if (core.quits.isRequested() || !core.drivenQuits.empty())
      core.wakeHook.ring([&] { callWakeHook(core); });
  }
  waitForCalls(std::move(replaced), core.bus);
}

}  // namespace tincan::inline abi0::detail
