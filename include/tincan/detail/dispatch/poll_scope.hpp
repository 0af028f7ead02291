// tincan/detail/dispatch/poll_scope.hpp - one poll or run of an endpoint
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include <tincan/detail/dispatch/continuing.hpp>
#include <tincan/detail/dispatch/sender_scopes.hpp>
#include <tincan/detail/dispatch/wake.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/running.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/detail/thread/wait_for_calls.hpp>

namespace tincan::inline v0::detail {

[[gnu::noinline]] inline void dropAbandonedLanes(EndpointCore& core) {
  // They end here, outside of the lock. acquire: pairs with the release in MessageLane::leave().
  auto const gone =
      core.lanes.takeAbandoned(core.inbox, core.abandonedLanes.load(std::memory_order_acquire));
  // relaxed: the count only says that it is worth to look.
  core.abandonedLanes.fetch_sub(static_cast<std::uint32_t>(gone.size()), std::memory_order_relaxed);
}

[[gnu::noinline]] inline void tidyUpNow(EndpointCore& core) {
  removeNow(core);
  letDisownedGo();
  // acquire: pairs with the release in MessageLane::leave().
  if (core.abandonedLanes.load(std::memory_order_acquire) != 0) [[unlikely]]
    dropAbandonedLanes(core);
  if (core.notices.has(Notices::EndingScopes)) [[unlikely]]
    core.scopes->endThose();
}

/// Ends, between rounds, what is left of others that have gone.
[[gnu::always_inline]] inline void tidyUp(EndpointCore& core) {
  ThreadState const& thread = threadState();
  // acquire: pairs with the release in MessageLane::leave().
  bool const isTidy =
      !core.notices.has(Notices::Leaving | Notices::EndingScopes) &&
      core.abandonedLanes.load(std::memory_order_acquire) == 0 &&
      (thread.token == nullptr || !Departure<ThreadPlatform>::hasSome(*thread.token));
  if (!isTidy) [[unlikely]]
    tidyUpNow(core);
}

/// While it lives the calling thread, which is the endpoint's, may take from its lanes and runs it. At
/// the end of the last one an endpoint that was closed meanwhile is drained.
struct PollScope {
  explicit PollScope(EndpointCore& endpoint) noexcept
      : PollScope(endpoint, endpoint.gate.enter()) {}
  /// Takes over a poll that has begun: `entered` is what enter() of the gate has returned.
  PollScope(EndpointCore& endpoint, std::uint32_t entered) noexcept
      : core(endpoint),
        isInBody(threadState().current == &endpoint),
        running(endpoint),
        outer(entered) {}
  ~PollScope() {
    if (core.gate.exit(outer)) [[unlikely]]
      core.drainAfterPoll(isInBody);
  }
  PollScope(PollScope const&) = delete;
  PollScope& operator=(PollScope const&) = delete;

  /// Tidies up, before the first round and between rounds.
  void tidyUp() {
    if (outer == 0) detail::tidyUp(core);
  }
  /// Arms the wake hook again, after the last round.
  void rearm() {
    if (outer == 0 && core.wakeHook.isSet()) detail::rearm(core);
  }
  /// True if this poll is to leave its messages to the polls around it: the stack must not grow
  /// with the number of messages, where handlers poll inside of handlers.
  bool isTooDeep() const noexcept {
    constexpr std::uint32_t Few = 16;
    constexpr std::uintptr_t Most = 1024 * 1024;
    auto const here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    if (outer == 0) core.polling.outermost = here;
    std::uintptr_t const before = core.polling.outermost;
    return outer > Few && (before > here ? before - here : here - before) > Most;
  }

  EndpointCore& core;
  bool isInBody;  // or in another poll of it
  Running running;
  std::uint32_t outer;  // polls around this one
};

/// Replaces the wake hook. When it returns the old one is not running, but on this thread, and
/// never runs again. If messages wait the new one is called here. Throws Deadlock if the old one
/// waits for this thread.
inline void setWakeHook(EndpointCore& core, std::function<void()> hook) {
  auto const keep = core.shared_from_this();  // the hook may end this
  bool const isSet = static_cast<bool>(hook);
  auto replaced = core.wakeHook.hook().replace(std::move(hook));
  core.wakeHook.mark(isSet);
  if (isSet && !core.gate.isPolled()) {
    PollScope const scope(core);
    rearm(core);
  }
  waitForCalls<>(std::move(replaced), core.bus);
}

}  // namespace tincan::inline v0::detail
