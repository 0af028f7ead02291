// tincan/detail/dispatch/loop.hpp - how an endpoint polls and runs
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/dispatch/continuing.hpp>
#include <tincan/detail/dispatch/driven.hpp>
#include <tincan/detail/dispatch/handle.hpp>
#include <tincan/detail/dispatch/poll.hpp>
#include <tincan/detail/dispatch/poll_scope.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/quits.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>

namespace tincan::inline abi0::detail {

/// Handles what is there, in rounds; `more(how many)` is asked before each message. Returns how
/// many.
template <class More>
[[gnu::always_inline]] inline std::size_t handleRounds(EndpointCore& core, More&& more) {
  constexpr int Most = 256;  // so that no sender can keep it
  Deliverer deliverer(core, more);
  // More than one round only if something came that goes before what was there, or instead of it.
  for (int rounds = 0; deliverer.mayBegin() && rounds < Most; ++rounds) {
    std::size_t const cells = core.inbox.round(deliverer);
    bool const wereLeftovers = cells != 0 && deliverer.count() == 0;
    if (!core.inbox.heldBack() && !wereLeftovers) [[likely]]
      break;
  }
  return deliverer.count();
}

/// Polls an endpoint whose gate was entered and is not open, and exits it.
template <class More>
[[gnu::noinline]] std::size_t pollUnlessClosed(EndpointCore& core, ThreadState& thread,
                                               std::uint32_t outer, More more) {
  PollScope scope(core, thread, outer);
  if (core.gate.observe() == EndpointCore::Gate::Closed) {
    pollClosedDriven(core);
    return 0;
  }
  scope.tidyUp();
  std::size_t const count = pollDriven(core, more);
  scope.rearm();
  return count;
}

/// Polls an endpoint whose gate was entered and is open, and exits it.
template <class More>
[[gnu::noinline]] std::size_t pollOpen(EndpointCore& core, ThreadState& thread, std::uint32_t outer,
                                       More more) {
  PollScope scope(core, thread, outer);
  if (scope.isTooDeep()) [[unlikely]]
    return 0;
  scope.tidyUp();
  // The answers that are there go before deadlines that have passed.
  std::size_t count = handleRounds(core, more);
  count += runLateOnes(core);
  scope.rearm();
  return count;
}

/// Polls an endpoint that the calling thread may not have polled before, or that is closed.
template <class More>
[[gnu::noinline]] std::size_t pollFirst(EndpointCore& core, More more) {
  core.bind();
  ThreadState& thread = threadState();
  std::uint32_t const outer = core.gate.enter();
  return core.gate.observes(EndpointCore::Gate::Open) ? pollOpen(core, thread, outer, more)
                                                      : pollUnlessClosed(core, thread, outer, more);
}

/// The largest word of what may have been queued before the quit: of all that is visible, but for what
/// the thread that told to quit has sent afterwards.
inline std::uint64_t lastBefore(EndpointCore& core, Quits::Quit const& quit) {
  std::uint64_t last = 0;
  core.inbox.lookAtAll([&](MessageLane& lane, auto const& view) {
    std::uint64_t const afterQuit = makeWord(quit.clock + 1, Kind::Message);
    last = largerOf(last, isLaneOf(quit, lane) ? smallerOf(view.last, afterQuit - 1) : view.last);
  });
  return last;
}

/// Handles what there is up to that word. Returns how many that were.
inline std::size_t handleUpTo(EndpointCore& core, std::uint64_t last) {
  auto const all = AsManyAsThereAre();
  Deliverer deliverer(core, all);
  while (mayGoOn(core) && core.inbox.hasUpTo(last)) {
    core.inbox.roundUpTo(last, deliverer);
  }
  return deliverer.count();
}

/// Handles what was queued before the oldest quit, and lets that end the run. Returns how many that were.
inline std::size_t finishQuit(EndpointCore& core) {
  RenewStop const renew(core.quits);
  return handleUpTo(core, lastBefore(core, core.quits.takeOldest()));
}

/// True if the loop must not look for messages before it has let timers go on.
inline bool isTimerDue(EndpointCore const& core) {
  return core.notices.has(Notices::Timers) && core.continuations.nextTimer() <= core.bus->now();
}

/// Ends no run: quit() and close() do.
struct UntilQuit {
  bool isOver() const noexcept { return false; }
  Nanoseconds moment() const noexcept { return NoDeadline; }
};
/// Ends a run when a stop was requested, after interrupt().
struct UntilStopped {
  bool isOver() const noexcept { return isStopped.load(std::memory_order_seq_cst); }
  Nanoseconds moment() const noexcept { return NoDeadline; }
  std::atomic<bool> const& isStopped;
};
/// Ends a run at a moment, at which timers that are due then have gone on.
struct UntilMoment {
  bool isOver() const noexcept { return bus.now() >= at; }
  Nanoseconds moment() const noexcept { return at; }
  BusCore const& bus;
  Nanoseconds at;
};

/// Looks for a while, then sleeps until there is something to do.
template <class Until>
void waitForMessages(EndpointCore& core, Until const& until) {
  constexpr int Yields = 50;
  auto const notice = [&] {
    return core.gate.peek() != EndpointCore::Gate::Open ||
           core.notices.hasForSleeper(Notices::Kept) || core.quits.isRequested() ||
           until.isOver() || isTimerDue(core);
  };
  if (isTimerDue(core)) return;
  for (unsigned i = core.polling.spins.next(); i > 0; --i) {
    if (!core.inbox.empty()) {
      core.polling.spins.helped();
      return;
    }
  }
  core.polling.spins.didNotHelp();
  for (int i = 0; i < Yields; ++i) {
    if (!core.inbox.empty() || notice()) return;
    ThreadPlatform::yield();
  }
  core.inbox.sleep(smallerOf(core.continuations.nextDeadline(), until.moment()), notice);
}

/// Handles messages, sleeping when there are none, until quit(), close() or until.isOver(). Returns how many.
/// The calling thread is the endpoint's from now on; throws WrongThread if another one is.
template <class Until>
std::size_t run(EndpointCore& core, Until const& until) {
  core.bind();
  PollScope scope(core);
  scope.refuseIfTooDeep();
  std::size_t count = 0;
  if (core.bus->driver() != nullptr) {
    scope.tidyUp();
    count = runDriven(core, until);
    scope.rearm();
    return count;
  }
  while (core.gate.observe() == EndpointCore::Gate::Open) {
    bool const isOver = until.isOver();
    // At a moment, timers that are due go on, and nothing else does.
    if (!isOver || until.moment() != NoDeadline) scope.tidyUp();
    if (isOver) break;
    if (core.quits.isRequested()) {
      count += finishQuit(core);
      break;
    }
    std::size_t handled = handleRounds(core, [&](std::size_t) { return !until.isOver(); });
    handled += runLateOnes(core);
    count += handled;
    if (handled == 0 && !core.quits.isRequested()) waitForMessages(core, until);
  }
  scope.rearm();
  return count;
}

}  // namespace tincan::inline abi0::detail
