// tincan/testing/detail/simulate/step_runner.hpp - lets one step of a simulation happen
#pragma once

#include <cstdint>
#include <exception>
#include <utility>

#include <tincan/detail/dispatch/driven.hpp>
#include <tincan/error.hpp>
#include <tincan/testing/detail/report/loop_sentence.hpp>
#include <tincan/testing/detail/simulate/candidate.hpp>
#include <tincan/testing/detail/simulate/fault_budget.hpp>
#include <tincan/testing/detail/simulate/observers.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/turn.hpp>
#include <tincan/testing/detail/simulate/virtual_clock.hpp>

namespace tincan::inline abi0::testing::detail {

/// Knows what each kind of step does; too many of them end the run.
class StepRunner {
 public:
  StepRunner(SimulatedRun& run, Turn& turn, Observers& observers, VirtualClock& clock,
             FaultBudget& faults, std::uint64_t maxSteps) noexcept
      : run_(run),
        turn_(turn),
        observers_(observers),
        clock_(clock),
        faults_(faults),
        maxSteps_(maxSteps) {
    run.stepsLeft = maxSteps;
  }

  /// Lets it happen; of a frame that its code goes on, which is the caller's to do. Takes a copy: what
  /// happens may block, and meanwhile others become candidates.
  // NOLINTNEXTLINE(performance-unnecessary-value-param)
  void happen(Candidate const candidate) {
    ++run_.happened;
    // What goes on after a wait is part of what began before: no message can come before it and after that.
    if (candidate.what != Candidate::What::GoOn && candidate.endpoint != nullptr) {
      candidate.endpoint->last = {};
    }
    if (candidate.what == Candidate::What::GoOn) return goOn(*candidate.frame);
    if (candidate.what == Candidate::What::EndPoll) return endPoll(*candidate.frame);
    if (!countStep()) return;
    noteWhole(candidate.endpoint);
    happenHere(candidate);
    run_.assertions.look(run_.state);
  }

  /// Counts a step, or code that goes on after an interruption, which may do so for ever. False, and the run has
  /// failed, if there were too many.
  bool countStep() {
    if (run_.state.isOver || run_.stepsLeft-- != 0) return true;
    run_.stepsLeft = maxSteps_;
    run_.state.fail(std::make_exception_ptr(
        Error(Errc::Deadlock, {}, loopSentence(run_.log.deliveries(), maxSteps_))));
    return false;
  }

 private:
  void happenHere(Candidate const& candidate) {
    switch (candidate.what) {
      case Candidate::What::Expire:
        // At its usual place it is no fault: others are as slow as that.
        if (candidate.place != Candidate::Late) --faults_.timeouts;
        return expire(*candidate.endpoint);
      case Candidate::What::Crash: return crash(*candidate.endpoint);
      case Candidate::What::GoOn:
      case Candidate::What::EndPoll: return;
      case Candidate::What::Deliver:
      case Candidate::What::RunTimer:
      case Candidate::What::Begin: break;
    }
    ++run_.world.progress;
    if (candidate.what == Candidate::What::Deliver) deliver(*candidate.lane);
    else if (candidate.what == Candidate::What::RunTimer) runTimer(*candidate.endpoint);
    else begin(*candidate.body);
    run_.doing = {};
  }

  /// Notes that no deadline of another one passes while its code runs, beside crashes.
  void noteWhole(SimulatedEndpoint const* runs) {
    if (faults_.interrupts || faults_.timeouts == 0 || run_.isIncomplete()) return;
    for (SimulatedEndpoint const* const one : run_.world.endpoints) {
      if (one == runs || clock_.deadlineOf(*one) == NoDeadline) continue;
      run_.incomplete =
          "beside crashes no deadline passes while a handler or a body runs, so no answer comes "
          "late that it gives; explore timeouts without crashes for that";
      return;
    }
  }

  void deliver(SimulatedLane& lane) {
    QueuedMessage const message = lane.pop();
    MessageCell* extra = nullptr;
    MessageCell* const cell = lane.frontCell(extra);
    if (cell == nullptr) return;
    SimulatedEndpoint& to = *lane.to;
    if (message.kind != Kind::Quit) to.timersUpTo = UINT64_MAX;
    bool const isMessage = message.name != nullptr;
    run_.doing = {isMessage ? Doing::What::Message : Doing::What::Other, &to};
    DeliveryLog::Note note = 0;
    if (isMessage) {
      ++run_.messages;
      note = run_.log.add(*lane.from, to, cell->name->view(), cell->view(extra));
    }
    if (run_.isReordered) {
      run_.causality.delivered(lane, message);
      if (message.kind == Kind::Quit) noteQuit(to, message.sent);
      run_.touches.delivered(lane, message);
    }
    bool const isCounted = message.kind != Kind::Post || cell->task->counts();
    if (message.kind != Kind::Quit && isCounted) ++to.items;
    if (message.kind == Kind::Post && isCounted) run_.noteDoing(to, "runs a posted function");
    std::uint64_t const before = to.core->handled.get();
    std::uint64_t const outer = std::exchange(to.handledInside, 0);
    handOver(lane, message, *cell, extra);
    std::uint64_t const handled = to.core->handled.get() - before;
    if (isMessage) run_.log.noteOver(note);
    if (isMessage && handled > to.handledInside) {
      run_.log.noteHandled(note);
      if (run_.isObserved) observers_.handled(message);
    }
    to.handledInside = outer + handled;
    run_.armForTest(to, clock_.now());
  }

  void noteQuit(SimulatedEndpoint const& to, Sent const& quit) {
    run_.noteQuitOfSeveral(to);
    if (run_.isIncomplete() || !run_.causality.mayPassQuit(to, quit)) return;
    run_.doubt(to,
               "was told to quit, and not every order was tried in which it still handles what was "
               "sent after that");
  }

  void handOver(SimulatedLane& lane, QueuedMessage const& message, MessageCell& cell,
                MessageCell* extra) {
    EndpointCore& core = *lane.to->core;
    Turn::Acting const acting(turn_, *lane.to);
    lane.to->isBound = true;
    ForcedOutcome const* outcome = nullptr;
    if (message.name == nullptr && run_.isObserved) {
      observers_.deliveringOther(lane, message.kind);
    }
    if (message.name != nullptr && run_.isObserved) {
      outcome = observers_.delivering(lane, message, cell, extra);
    }
    if (outcome == nullptr) {
      InterruptibleCode const handler(*lane.to);
      lane.to->hasActed = message.isRequest() || message.isLatest || lane.real->bounds != nullptr;
      return tincan::detail::deliverFirst(core, *lane.real);
    }
    observers_.failing(message.number);
    tincan::detail::failFirst(core, *lane.real, outcome->reason, outcome->exception);
    observers_.failing(0);
  }

  void runTimer(SimulatedEndpoint& endpoint) {
    run_.doing = {Doing::What::Timer, &endpoint};
    run_.noteDoing(endpoint, "a timer goes on");
    if (run_.isReordered) {
      endpoint.last = {};  // a message that comes next could have come before
      run_.touches.life(endpoint, AccessKind::Reads);
      run_.touches.time(AccessKind::Reads);
      run_.touches.polls(endpoint);
      run_.touches.thread(endpoint);
    }
    bool const isFirst = endpoint.isFirstTimerDue();
    Turn::Acting const acting(turn_, endpoint);
    endpoint.isBound = true;
    InterruptibleCode const code(endpoint);
    endpoint.hasActed = false;
    endpoint.announcedTimer = 0;  // one that repeats comes again by the same number
    endpoint.beginsTimer();
    tincan::detail::runFirstTimer(*endpoint.core);
    endpoint.endsTimer();
    run_.armForTest(endpoint, clock_.now());
    // A poll() runs the timers that are due before it looks what messages are there.
    if (isFirst && endpoint.isPolled()) endpoint.pollLook = run_.pollLook(endpoint);
  }

  void begin(Body& body) {
    run_.doing = {Doing::What::Body, body.endpoint};
    Turn::Acting const acting(turn_, *body.endpoint);
    InterruptibleCode const code(*body.endpoint);
    body.endpoint->hasActed = false;
    run_.world.take(body)->run();
  }

  /// Decides that there is nothing more for the poll().
  void endPoll(Frame const& frame) {
    SimulatedEndpoint& endpoint = *frame.subject;
    std::uint64_t const progress = run_.world.progress;
    run_.touches.polls(endpoint);
    run_.touches.thread(endpoint);
    if (endpoint.items != frame.itemsBefore) return;
    endpoint.vainPolls = endpoint.vainSince == progress ? endpoint.vainPolls + 1 : 0;
    endpoint.vainSince = progress;
  }

  void goOn(Frame const& frame) {
    run_.doing = {frame.runs == nullptr ? Doing::What::Test : Doing::What::Continues, frame.runs};
    if (frame.kind == Frame::Kind::Interruption) return;
    if (frame.kind == Frame::Kind::Poll) run_.touches.thread(*frame.subject);
    if (frame.runs != nullptr) frame.runs->hasActed = false;
    if (frame.kind == Frame::Kind::Pause) return;  // it may find nothing, again
    ++run_.world.progress;
    // An answer that comes between the end of the wait and this is taken all the same.
    if (frame.kind == Frame::Kind::Wait && !frame.isAnswered) run_.touchRequestsBy(*frame.subject);
  }

  /// Lets the endpoint's next deadline pass.
  void expire(SimulatedEndpoint& endpoint) {
    Nanoseconds const until = clock_.deadlineOf(endpoint);
    run_.touches.time(AccessKind::Writes);
    for (SimulatedEndpoint const* const one : run_.world.endpoints) {
      if (clock_.deadlineOf(*one) > until) continue;
      run_.touches.looksForMore(*one);
      run_.touchRequestsBy(*one);
    }
    run_.touchWaitsUntil(until);
    run_.note(endpoint.core->name, "a deadline passes");
    clock_.passTo(until);
  }

  /// Ends the endpoint here, as if its thread had closed it.
  void crash(SimulatedEndpoint& endpoint) {
    --faults_.crashes;
    ++run_.world.progress;
    run_.note(endpoint.core->name, "crashes");
    Turn::Acting const acting(turn_, endpoint);
    tincan::detail::Running const running(*endpoint.core);
    endpoint.core->close();
  }

  SimulatedRun& run_;
  Turn& turn_;
  Observers& observers_;
  VirtualClock& clock_;
  FaultBudget& faults_;
  std::uint64_t const maxSteps_;
};

}  // namespace tincan::inline abi0::testing::detail
