// tincan/testing/detail/simulate/simulated_endpoint.hpp - an endpoint of a simulation
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <tincan/detail/drive/ownership.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/simulate/looks_in_a_row.hpp>
#include <tincan/testing/detail/simulate/thread_part.hpp>
#include <tincan/testing/detail/simulate/vector_clock.hpp>

namespace tincan::inline abi0::testing::detail {

using tincan::detail::EndpointCore;
using tincan::detail::MessageLane;

struct SimulatedLane;

struct SimulatedEndpoint;

/// How an endpoint is served by the innermost run(), poll() or wait of it.
struct Service {
  /// The timers that go before all messages: those that are due when its run() or poll() begins, which are the
  /// only ones that a poll() lets go on.
  struct FirstTimers {
    tincan::detail::Nanoseconds dueAt = 0;
    std::uint64_t last = 0;
  };
  /// What a poll() knows when it looks what is there: that it takes, and no more need be there.
  struct PollLook {
    std::uint64_t ownUpTo =
        UINT64_MAX;  // the number of the last message that it takes of its own to itself
    ClockStore::Place knowing{};
  };

  bool isPolled() const noexcept { return pollLook.ownUpTo != UINT64_MAX; }

  bool isPumped = false;       // its messages may be handled now
  bool missesNothing = false;  // its poll() takes all that was sent before its end
  unsigned servedInside = 0;   // of one of several: it is run, or polled, inside of so many
  SimulatedEndpoint const* polledBy = nullptr;  // whose code polls or runs it, if not its own
  FirstTimers firstTimers{};
  PollLook pollLook{};  // of the poll() that is under way
};

/// All that a simulation knows of one endpoint of its bus.
struct SimulatedEndpoint final : tincan::detail::DrivenEndpoint, Service {
  static SimulatedEndpoint& of(EndpointCore const& core) noexcept {
    return static_cast<SimulatedEndpoint&>(*core.driven);
  }

  /// Makes it as new, but for the memory of its vectors.
  void renew() {
    SimulatedEndpoint fresh;
    lanes.clear();
    knowledge.clear();
    history.clear();
    looks.clear();
    fresh.looks.swap(looks);
    fresh.lanes.swap(lanes);
    fresh.knowledge.swap(knowledge);
    std::swap(fresh.history, history);
    *this = std::move(fresh);
  }

  /// Whether its thread is in a handler of another one that it runs with it.
  bool isThreadElsewhere() const noexcept {
    return runsWith != nullptr && runsWith->inside != servedInside;
  }
  /// Whether its messages may come next: it is run or polled, and no timer goes before them.
  bool mayTakeMessages() const noexcept {
    return isPumped && !isThreadElsewhere() && !isFirstTimerDue();
  }
  bool isFirstTimerDue() const noexcept {
    return core->continuations.isTimerDue(firstTimers.dueAt, firstTimers.last);
  }
  bool isTimerDue(tincan::detail::Nanoseconds now) const noexcept {
    if (isPolled()) return isFirstTimerDue();
    return core->continuations.isTimerDue(now, runsWith == nullptr ? lastTimer : UINT64_MAX);
  }

  /// Notes that a run() of it begins. Between messages that lets the timers go on that are there; then it looks
  /// whether there is a quit: before that no others go on.
  void beginsRun() noexcept {
    timersUpTo = UINT64_MAX;
    lastTimer = core->drivenQuits.empty() ? UINT64_MAX : core->continuations.lastTimer();
  }
  void beginsTimer() noexcept {
    std::uint64_t const first = core->continuations.firstTimer();
    if (timersUpTo == UINT64_MAX || first > timersUpTo)
      timersUpTo = core->continuations.lastTimer();
  }
  void endsTimer() noexcept {
    if (!core->drivenQuits.empty()) lastTimer = (std::min)(lastTimer, timersUpTo);
  }

  std::shared_ptr<EndpointCore> core{};
  std::shared_ptr<tincan::detail::ThreadToken> token{};
  std::uint32_t index = 0;
  /// The endpoint whose thread would run it; null: the test's thread would.
  SimulatedEndpoint* family = nullptr;
  /// Whether the thread that it belongs to has polled it: until then others may set it up.
  bool isBound = false;
  bool isArmed = false;             // the next message calls its hook of onWake(), if it has one
  unsigned running = 0;             // its handlers and bodies that are under way
  std::size_t items = 0;            // what has been handled, as poll() counts
  std::uint64_t handledInside = 0;  // messages, while one is being handled
  Source source = Nothing;          // of its body, if it has one
  Source interruption = Nothing;    // of its going on after one
  bool mayBeInterrupted = false;    // its code that runs is a handler or a body
  bool hasActed = false;            // what it has done in this step others may see
  SimulatedEndpoint* runsWith =
      nullptr;  // the first one of those that its thread runs now, if several
  unsigned inside =
      0;  // of a first one: so many handlers of them are under way, inside of one another
  Source timers = Nothing;           // of its timers
  std::uint64_t announcedTimer = 0;  // which comes next, as far as the search knows; 0: none
  std::uint64_t timersUpTo =
      UINT64_MAX;  // the last one of those that go on without a message between
  std::uint64_t lastTimer = UINT64_MAX;  // that goes on before the quit that waits
  Source crash = Nothing;                // of its end at any point
  Source deadline = Nothing;             // of its deadlines, if they may pass at any point
  tincan::detail::Nanoseconds announced  // its next deadline, as far as the search knows
      = tincan::detail::NoDeadline;
  std::uint64_t vainSince = 0;  // its last poll found nothing: the progress made by then
  unsigned vainPolls = 0;       // how many found nothing before that one, since then
  ThreadPart part{};            // while it does not run
  tincan::detail::RunningHook* hooks =
      nullptr;  // of its family, which it is the first one of, while others run
  std::vector<SimulatedLane*> lanes{};  // to it
  std::size_t waiting = 0;              // what waits in them, of whatever kind
  std::uint64_t pumps = 0;              // how often it was polled or run

  LooksInARow looks{};
  VectorClock knowledge{};
  ClockHistory history{};
  ClockStore::Place closedKnowing{};  // what the one knew who has closed it
  std::uint32_t sent = 0;             // how much it has
  std::uint32_t portsMade = 0;        // pairs
  std::uint32_t sharedMade = 0;       // objects
  Sent last{};  // what its last step has handled; nothing: that was a step of another kind
};

}  // namespace tincan::inline abi0::testing::detail
