// tincan/detail/dispatch/driven.hpp - how an endpoint of a driven bus polls, runs, quits and handles one message
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>

#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/dispatch/continuing.hpp>
#include <tincan/detail/dispatch/handle.hpp>
#include <tincan/detail/dispatch/message_end.hpp>
#include <tincan/detail/dispatch/poll_scope.hpp>
#include <tincan/detail/dispatch/unhandled.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/request/publish_answer.hpp>

namespace tincan::inline abi0::detail {

/// Has the driver handle messages until there are none or `more(how many)` is false. Returns how
/// many.
template <class More>
std::size_t pollDriven(EndpointCore& core, More& more) {
  auto const isOver = [&](std::size_t count) { return core.isClosed() || !more(count); };
  return core.bus->driver()->executor.pump(core, Executor::Pump::Poll, isOver);
}

/// Tells the driver, if there is one, that a closed endpoint polls. Throws what that throws.
inline void pollClosedDriven(EndpointCore& core) {
  if (Driver* const driver = core.bus->driver()) driver->executor.pollsClosed(core);
}

/// What is queued, as the ends of the lanes.
using LaneEnds = Row<EndpointCore::LaneEnd>;
inline LaneEnds laneEndsOf(EndpointCore& core) {
  LaneEnds ends;
  core.lanes.forEach([&](auto const& lane) { ends.push_back({lane, lane->pushedMessages.get()}); });
  return ends;
}
/// Whether the thread that told to quit sends by that lane.
inline bool isLaneOf(Quits::Quit const& quit, MessageLane const& lane) noexcept {
  return quit.thread != nullptr && lane.writer->lastThread() == quit.thread;
}
/// That, without what the thread that told to quit has sent since then.
inline LaneEnds laneEndsBefore(EndpointCore& core, Quits::Quit const& quit) {
  LaneEnds ends = laneEndsOf(core);
  for (EndpointCore::LaneEnd& end : ends) {
    if (isLaneOf(quit, *end.lane)) end.upTo = quit.clock;
  }
  return ends;
}

/// Notes what is queued before a quit, which is about to be sent.
inline void quitDriven(EndpointCore& core) {
  if (core.isClosed()) return core.quits.requestStop();
  core.drivenQuits.push_back(laneEndsOf(core));
  core.quits.requestStop();
}
/// Takes what was queued before the oldest quit.
inline LaneEnds takeDrivenQuit(EndpointCore& core) noexcept {
  LaneEnds ends = std::move(core.drivenQuits.front());
  for (std::size_t i = 1; i < core.drivenQuits.size(); ++i) {
    core.drivenQuits[i - 1].swap(core.drivenQuits[i]);
  }
  core.drivenQuits.pop_back();
  return ends;
}
/// Has the driver handle what was queued. Returns how many that were.
inline std::size_t handleDrivenUpTo(EndpointCore& core, LaneEnds const& ends) {
  auto const isLeft = [&] {
    return anyOf(ends, [](EndpointCore::LaneEnd const& end) {
      MessageLane& lane = *end.lane;
      return lane.takenMessages.get() + lane.droppedMessages.get() < end.pushed &&
             stampOf(lane.frontWord()) <= end.upTo;
    });
  };
  if (!isLeft()) return 0;
  return core.bus->driver()->executor.pump(
      core, Executor::Pump::Rest, [&](std::size_t) { return core.isClosed() || !isLeft(); });
}
/// Has the driver run the timers that are due, which go before a quit.
inline void runDueTimersDriven(EndpointCore& core, Executor::Pump how) {
  if (core.isClosed() || !core.continuations.isTimerDue(core.bus->now(), UINT64_MAX)) return;
  core.bus->driver()->executor.pump(core, how, [](std::size_t) { return true; });
}

/// Has the driver handle messages until quit(), close() or until.isOver(). What was queued before the quit is
/// still handled. Returns how many there were.
template <class Until>
std::size_t runDriven(EndpointCore& core, Until const& until) {
  // At a moment, timers that are due go on first.
  auto const isOver = [&] {
    return until.isOver() && (until.moment() == NoDeadline ||
                              !core.continuations.isTimerDue(until.moment(), UINT64_MAX));
  };
  std::size_t count = 0;
  if (core.quits.isRequested()) runDueTimersDriven(core, Executor::Pump::Poll);
  while (!core.quits.isRequested()) {
    count += core.bus->driver()->executor.pump(
        core, Executor::Pump::Run,
        [&](std::size_t) { return core.isClosed() || core.quits.isRequested() || isOver(); },
        until.moment());
    if (core.isClosed() || !core.quits.isRequested()) return count;
    runDueTimersDriven(core, Executor::Pump::Timers);  // one may run it again, and use the quit up
  }
  if (core.isClosed()) return count;
  // Both at once: a handler may run it again.
  LaneEnds const ends = takeDrivenQuit(core);
  RenewStop const renew(core.quits);
  core.quits.takeOldest();
  return count + handleDrivenUpTo(core, ends);
}

/// Handles the lane's first message, and what is in front of it.
inline void deliverFirst(EndpointCore& core, MessageLane& lane) {
  PollScope const scope(core);
  core.inbox.noteDepth(core.lanes.waiting());
  ++core.polling.delivering;
  removeNow(core);
  for (Kind kind = Kind::Nothing; kind == Kind::Nothing || kind == Kind::Extra;) {
    MessageCell* const cell = lane.take(UINT64_MAX).cell;
    if (cell == nullptr) break;
    // relaxed: front() has acquired it.
    kind = kindOf(cell->word.load(std::memory_order_relaxed));
    deliver(core, lane, *cell);
  }
  if (--core.polling.delivering == 0 && !core.isClosed()) tidyUp(core, threadState());
}

/// Lets the timer go on that is due first.
inline void runFirstTimer(EndpointCore& core) {
  PollScope const scope(core);
  ++core.polling.delivering;
  removeNow(core);
  runTimer(core, core.bus->now(), UINT64_MAX);
  if (--core.polling.delivering == 0 && !core.isClosed()) tidyUp(core, threadState());
}

/// Ends what has been closed meanwhile, and the waits whose deadlines have passed. Returns how
/// many.
inline std::size_t settleDriven(EndpointCore& core) {
  PollScope const scope(core);
  if (core.isClosed()) return 0;  // the end of the scope does the rest
  std::size_t const kept = core.notices.has(Notices::Kept) ? runKept(core) : 0;
  return kept + expireNow(core);
}

inline void failMessage(EndpointCore& core, MessageLane& lane, MessageCell& cell, Errc reason,
                        std::exception_ptr exception) {
  lane.messageTaken();
  MessageEnd const end(lane, cell);
  // relaxed: its lane has acquired it.
  bool const isPlain = kindOf(cell.word.load(std::memory_order_relaxed)) == Kind::Message;
  AnswerSlot* const slot = isPlain ? nullptr : cell.slot();
  if (skipAbandoned(core, lane, *cell.name, slot)) return;
  core.bus->deadLetter(reason, cell.name->view(), lane.senderCore(), core);
  if (slot == nullptr) return;
  if (exception == nullptr) answerFailure(slot, core, reason);
  else answerException(slot, core, std::move(exception));
}

/// The lane's first message is handled by nobody: a dead letter, whose request, if it is one, is
/// answered by the exception, or without one by an Error of that reason.
inline void failFirst(EndpointCore& core, MessageLane& lane, Errc reason,
                      std::exception_ptr exception) {
  PollScope const scope(core);
  core.inbox.noteDepth(core.lanes.waiting());
  while (MessageCell* const cell = lane.takeToDiscard().cell) {
    // relaxed: front() has acquired it.
    std::uint64_t const word = cell->word.load(std::memory_order_relaxed);
    Kind const kind = kindOf(word);
    raiseClock(stampOf(word));
    if (kind == Kind::Extra) {
      lane.extra = cell;
      continue;
    }
    if (kind <= Kind::Invoke) {
      failMessage(core, lane, *cell, reason, std::move(exception));
    }
    lane.unpin();
    if (kind != Kind::Nothing) return;
  }
}

}  // namespace tincan::inline abi0::detail
