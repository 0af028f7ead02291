// tincan/detail/dispatch/continuing.hpp - how an endpoint's thread sees to what others have kept for it
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/dispatch/close_watch.hpp>
#include <tincan/detail/dispatch/wake.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/kept_work.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/thread/running.hpp>

namespace tincan::inline abi0::detail {

// ---- any thread ----

/// Keeps a task that runs anyway for the endpoint's thread, or runs it here and now if that does
/// not come back.
inline void keepTask(EndpointCore& core, TaskPtr task) noexcept {
  if (!core.kept.keep(task)) task->run();
}

/// Wakes the loop of an open endpoint, for which something is kept.
inline void announceKept(EndpointCore& core) noexcept {
  auto const keep = core.shared_from_this();  // the hook may end this
  core.inbox.interrupt();
  callWakeHook(core);
}

// ---- the endpoint's ----

/// Goes on with what waits for the answer; one that was forgone meanwhile only gives its slot back.
inline void takeAnswer(EndpointCore& core, AnswerSlot* slot) noexcept {
  if (slot->continuation == nullptr) {
    threadState().answers.give(slot);
    return;
  }
  core.continuations.answered(*slot->continuation);
}

/// Runs what is kept. Returns how many there were.
inline std::size_t runKept(EndpointCore& core) noexcept {
  KeptWork::Work work = core.kept.take();
  std::size_t count = 0;
  for (; work.answers != nullptr; ++count) {
    takeAnswer(core, std::exchange(work.answers, work.answers->nextFree));
  }
  if (work.isForked) [[unlikely]] {
    count += core.continuations.closeLost();
    endLostWatches(core);
  }
  for (TaskPtr task = work.tasks.pop(); task != nullptr; task = work.tasks.pop(), ++count) {
    task->run();
  }
  return count;
}

/// Lets those go on that are due, and those whose deadline has passed. Returns how many.
inline std::size_t expireNow(EndpointCore& core) noexcept {
  Nanoseconds const now = core.bus->now();
  if (core.continuations.isLate(now)) noteDeadline(core);
  return core.continuations.expire(now);
}

/// Runs, after a round, what had no room in the inbox, and continuations whose deadline has passed.
/// Returns how many.
[[gnu::always_inline]] inline std::size_t runLateOnes(EndpointCore& core) {
  std::size_t count = 0;
  if (core.notices.has(Notices::Kept)) [[unlikely]]
    count += runKept(core);
  if (core.continuations.hasDeadlines()) [[unlikely]]
    count += expireNow(core);
  return count;
}

/// Lets the timer go on that is due first, of those whose number is `last` at most. False: none is due.
inline bool runTimer(EndpointCore& core, Nanoseconds now, std::uint64_t last) noexcept {
  TimedContinuation* const timer = core.continuations.takeTimer(now, last);
  if (timer == nullptr) return false;
  noteDeadline(core, true);
  timer->proceed(Continuation::Why::TimedOut);
  return true;
}

/// Lets the timers go on that are due. Those that are added meanwhile wait for the next poll.
[[gnu::noinline]] inline void runTimers(EndpointCore& core) noexcept {
  Nanoseconds const now = core.bus->now();
  std::uint64_t const last = core.continuations.lastTimer();
  while (!core.isClosed() && runTimer(core, now, last)) {
  }
  if (!core.continuations.hasTimers()) core.notices.remove(Notices::Timers);
}

[[gnu::noinline]] inline void removeLeaving(EndpointCore& core) {
  KeptWork::Removals removals = core.kept.takeRemovals();
  raiseClock(removals.clock);  // captures that end may send
  while (auto const node = std::move(removals.first)) {
    if (node->isLive) node->remove();
    removals.first = std::move(node->nextLeaving);
  }
}
/// Removes the registrations that other threads have removed.
inline void removeNow(EndpointCore& core) {
  if (core.notices.has(Notices::Leaving)) [[unlikely]]
    removeLeaving(core);
}

/// Lets all that waits go on with Closed, also what would have come through the inbox.
inline void endContinuationsNow(EndpointCore& core) noexcept {
  Running const running(core);
  bool const wasGoingOn = std::exchange(core.polling.isGoingOn, true);
  do {
    core.continuations.close();
  } while (runKept(core) != 0);
  core.polling.isGoingOn = wasGoingOn;
}
/// Ends the continuations, unless that is under way: a continuation that polls or closes comes back
/// here, and the others go on after it, not inside of it.
inline void endContinuations(EndpointCore& core) noexcept {
  if (!core.polling.isGoingOn) endContinuationsNow(core);
}
/// Ends the continuations for the last time: what comes later finds nobody here.
inline void endContinuationsForGood(EndpointCore& core) noexcept {
  do endContinuationsNow(core);
  while (!core.kept.end());
  KeptWork::Removals leaving = core.kept.takeRemovals();
  raiseClock(leaving.clock);
  // Whatever removed them, they end with the table.
  while (leaving.first != nullptr) {
    leaving.first = std::exchange(leaving.first->nextLeaving, nullptr);
  }
}

}  // namespace tincan::inline abi0::detail
