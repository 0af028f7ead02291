// tincan/detail/dispatch/loop.hpp - how an endpoint polls and runs
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <tincan/detail/dispatch/continuing.hpp>
#include <tincan/detail/dispatch/driven.hpp>
#include <tincan/detail/dispatch/handle.hpp>
#include <tincan/detail/dispatch/poll.hpp>
#include <tincan/detail/dispatch/poll_scope.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/quits.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>

namespace tincan::inline abi0::detail {

/// Handles what is there, in rounds; `more(how many)` is asked before each message. Returns how
/// many.
template <class More>
std::size_t handleRounds(EndpointCore& core, More&& more) {
  Deliverer deliverer(core, more);
  // More than one round only if something came that goes before what was there.
  while (deliverer.mayBegin()) {
    core.inbox.round(deliverer);
    if (!core.inbox.heldBack()) break;
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
    bool const isQuitters = quit.thread != nullptr && lane.writer->lastThread() == quit.thread;
    std::uint64_t const afterQuit = makeWord(quit.clock + 1, Kind::Message);
    last = (std::max)(last, isQuitters ? (std::min)(view.last, afterQuit - 1) : view.last);
  });
  return last;
}

/// Handles what was queued before the oldest quit, and lets that end the run.
inline void finishQuit(EndpointCore& core) {
  std::uint64_t const last = lastBefore(core, core.quits.takeOldest());
  auto const take = [&](MessageLane& lane, MessageCell& cell) { return deliver(core, lane, cell); };
  while (mayGoOn(core) && core.inbox.hasUpTo(last)) {
    core.inbox.roundUpTo(last, take);
  }
  core.quits.renewStop();
}

/// Looks for a while, then sleeps until there is something to do.
template <class Stop>
void waitForMessages(EndpointCore& core, Stop&& stopRequested) {
  constexpr int Yields = 50;
  auto const notice = [&] {
    return core.gate.peek() != EndpointCore::Gate::Open ||
           core.notices.hasForSleeper(Notices::Kept) || core.quits.isRequested() || stopRequested();
  };
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
  core.inbox.sleep(core.continuations.nextDeadline(), notice);
}

/// Handles messages, sleeping when there are none, until quit(), close() or stopRequested(). The calling
/// thread is the endpoint's from now on; throws WrongThread if another one is.
template <class Stop>
void run(EndpointCore& core, Stop&& stopRequested) {
  core.bind();
  PollScope scope(core);
  if (core.bus->driver() != nullptr) {
    scope.tidyUp();
    runDriven(core, stopRequested);
    scope.rearm();
    return;
  }
  while (core.gate.observe() == EndpointCore::Gate::Open && !stopRequested()) {
    scope.tidyUp();
    if (core.quits.isRequested()) {
      finishQuit(core);
      break;
    }
    std::size_t count = handleRounds(core, [&](std::size_t) { return !stopRequested(); });
    count += runLateOnes(core);
    if (count == 0 && !core.quits.isRequested()) waitForMessages(core, stopRequested);
  }
  scope.rearm();
}

}  // namespace tincan::inline abi0::detail
