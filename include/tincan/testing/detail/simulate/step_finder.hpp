// tincan/testing/detail/simulate/step_finder.hpp - finds what may happen next in a simulation
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/candidate.hpp>
#include <tincan/testing/detail/simulate/fault_budget.hpp>
#include <tincan/testing/detail/simulate/observers.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/turn.hpp>
#include <tincan/testing/detail/simulate/virtual_clock.hpp>

namespace tincan::inline abi0::testing::detail {

/// Lists the steps that may happen, sorted by their places.
class StepFinder {
 public:
  using Candidates = std::vector<Candidate>;

  StepFinder(SimulatedRun& run, Turn& turn, Observers const& observers, VirtualClock const& clock,
             FaultBudget const& faults) noexcept
      : run_(run),
        turn_(turn),
        observers_(observers),
        clock_(clock),
        faults_(faults),
        found_(run.candidates) {}

  /// Finds all that may happen, in the order of its sending; of messages, with a name, only those to
  /// endpoints that are called so. First ends what is over.
  Candidates const& collect(std::string_view endpoint) {
    settle();
    found_.clear();
    if (!run_.state.isOver) {
      for (SimulatedEndpoint* const one : run_.world.endpoints) {
        if (!endpoint.empty() && one->core->name != endpoint) continue;
        if (one->core->continuations.hasTimers()) addTimer(*one);
        if (one->waiting != 0) addMessages(*one);
      }
      addBodies();
    }
    addFrames();
    if (faults_.crashes + faults_.timeouts != 0 && !found_.empty() && !run_.state.isOver) {
      addDeadlines();
      addCrashes();
    }
    return found_;
  }

  /// Ends what is over.
  void settle() {
    endClosed();
    findFinished();
  }

  /// Lists the next deadline of that endpoint, and the crashes that may come before it.
  Candidates const& collectDeadline(SimulatedEndpoint& endpoint) {
    found_.clear();
    add({Candidate::What::Expire, Candidate::Late, endpoint.deadline, &endpoint});
    addCrashes();
    return found_;
  }
  /// Lists the crash of that endpoint and nothing else.
  Candidates const& collectCrash(SimulatedEndpoint& endpoint) {
    found_.clear();
    addCrash(endpoint);
    return found_;
  }
  /// The endpoints that may still crash.
  std::vector<SimulatedEndpoint*> mortals() const {
    std::vector<SimulatedEndpoint*> alive;
    for (SimulatedEndpoint* const endpoint : run_.world.endpoints) {
      if (endpoint->crash != Nothing && !endpoint->core->isClosed()) alive.push_back(endpoint);
    }
    return alive;
  }

  /// Whether its messages and timers may be handled now.
  bool isServed(SimulatedEndpoint const& endpoint) const {
    if (!endpoint.isPumped || endpoint.core->isClosed()) return false;
    if (endpoint.isThreadElsewhere()) return false;
    return run_.frames.test == nullptr || !run_.frames.waitsForTest(endpoint);
  }
  /// Whether there is nothing for the poll(). A body that polls in vain again and again waits for
  /// something to happen.
  bool mayEndPoll(Frame const& frame) const {
    constexpr unsigned MostInVain = LooksInARow::ToldApart;
    SimulatedEndpoint const& endpoint = *frame.subject;
    if (isFirstTimerDue(endpoint) && !frame.takesAll) return false;
    bool const hasSome =
        std::any_of(endpoint.lanes.begin(), endpoint.lanes.end(), [&](SimulatedLane const* lane) {
          return lane->hasNext(run_.causality.clocks) && mustTake(frame, *lane) &&
                 !observers_.isHeld(*lane);
        });
    if (hasSome || run_.frames.isBuried(frame)) return false;
    return frame.runs == nullptr || endpoint.vainSince != run_.world.progress ||
           endpoint.vainPolls < MostInVain;
  }

  /// Tells the search of deadlines that have begun since the last time.
  void announceDeadlines() {
    for (SimulatedEndpoint* const endpoint : run_.world.endpoints) {
      Nanoseconds const next = clock_.deadlineOf(*endpoint);
      if (next == std::exchange(endpoint->announced, next) || next == NoDeadline) continue;
      run_.touches.announce(endpoint->deadline);
      run_.touches.time(AccessKind::Reads);  // it begins now
    }
  }

 private:
  /// Keeps them sorted; they are few, and come mostly in order.
  void add(Candidate const& one) {
    found_.push_back(one);
    std::size_t at = found_.size() - 1;
    for (; at > 0 && one.place < found_[at - 1].place; --at) found_[at] = found_[at - 1];
    found_[at] = one;
  }

  /// Ends what is to end with closed endpoints none of whose code runs; of others the end of that code does so.
  void endClosed() {
    auto& closing = run_.world.closing;
    while (!closing.empty()) {
      SimulatedEndpoint& endpoint = *closing.back();
      closing.pop_back();
      EndpointCore& core = *endpoint.core;
      if (core.isNobody() || core.wasLeft() || endpoint.running != 0) continue;
      Turn::Acting const acting(turn_, endpoint);
      tincan::detail::settleDriven(core);
    }
  }

  /// Notes which frames have waited long enough.
  void findFinished() {
    for (Frame* const frame : run_.frames.all) {
      if (frame->kind == Frame::Kind::Interruption) continue;  // it waits for nothing
      if (frame->overSince != 0 || (frame->verdict.empty() && !frame->isOver())) continue;
      if (run_.frames.isBuried(*frame) || mustRunTimers(*frame)) continue;
      frame->overSince = run_.world.nextNumber();
      frame->isAnswered = frame->state != nullptr && frame->state->ready();
      frame->subject->isPumped = false;
      for (SimulatedEndpoint* const other : frame->others) other->isPumped = false;
      if (frame->kind == Frame::Kind::Poll) continue;
      run_.touches.announce(frame->source);
      run_.touches.arrivals(*frame->subject, AccessKind::Adds);
    }
  }

  /// Whether a timer goes before all messages.
  bool isFirstTimerDue(SimulatedEndpoint const& endpoint) const {
    return endpoint.isFirstTimerDue() && !(run_.isObserved && observers_.holdTimers(endpoint));
  }

  /// Whether a poll that is to handle no more messages has timers left to run, which do not count.
  bool mustRunTimers(Frame const& frame) const {
    return frame.kind == Frame::Kind::Poll && frame.verdict.empty() && !frame.takesAll &&
           isServed(*frame.subject) && isFirstTimerDue(*frame.subject);
  }

  void addTimer(SimulatedEndpoint& endpoint) {
    if (!isServed(endpoint) || !endpoint.isTimerDue(clock_.now())) return;
    if (run_.isObserved && observers_.holdTimers(endpoint)) return;
    if (endpoint.timers == Nothing) endpoint.timers = run_.world.newSource();
    std::uint64_t const number = endpoint.core->continuations.firstTimer();
    if (std::exchange(endpoint.announcedTimer, number) != number) {
      run_.touches.announce(endpoint.timers);
    }
    add({Candidate::What::RunTimer, 0, endpoint.timers, &endpoint});
  }

  void addMessages(SimulatedEndpoint& endpoint) {
    if (!isServed(endpoint) || isFirstTimerDue(endpoint)) return;
    // First in all of them: what is dropped is in nobody's way.
    for (SimulatedLane* const lane : endpoint.lanes) lane->forgetDropped();
    for (SimulatedLane* const lane : endpoint.lanes) {
      if (!lane->hasNext(run_.causality.clocks)) continue;
      std::uint64_t place = lane->front().number;
      if (run_.isObserved) place = observers_.placeOf(*lane, place);
      if (place == StepObserver::Held) continue;
      add({Candidate::What::Deliver, place, lane->source, &endpoint, lane});
    }
  }

  void addBodies() {
    if (run_.world.unbegun == 0) return;
    for (Body* const body : run_.world.bodies) {
      if (body->task == nullptr) continue;
      add({Candidate::What::Begin, body->number, body->source, body->endpoint, nullptr, body});
    }
  }

  void addFrames() {
    for (Frame* const frame : run_.frames.all) {
      if (frame->overSince != 0) {
        addFrame(Candidate::What::GoOn, frame->overSince, *frame);
      } else if (frame->kind == Frame::Kind::Poll && mayEndPoll(*frame)) {
        addFrame(Candidate::What::EndPoll, Candidate::Late, *frame);
      } else if (frame->kind == Frame::Kind::Interruption) {
        addFrame(Candidate::What::GoOn, 0, *frame);
      }
    }
  }
  void addFrame(Candidate::What what, std::uint64_t place, Frame& frame) {
    add({what, place, frame.source, frame.runs, nullptr, nullptr, &frame});
  }

  /// Whether the poll() cannot miss the lane's first message: nobody else's thread need see at once what was sent just
  /// now, unless it knew of it when the poll() began.
  bool mustTake(Frame const& frame, SimulatedLane const& lane) const {
    bool const mayMiss = run_.touches.isOn() && frame.runs != nullptr && !frame.takesAll;
    QueuedMessage const& first = lane.front();
    return !mayMiss || first.isLate || first.number <= lane.foundUpTo ||
           covers(run_.causality.clocks.at(frame.subject->pollLook.knowing), first.sent.by,
                  first.sent.number);
  }

  // What may happen at any point, but is not what things wait for.

  void addDeadlines() {
    if (faults_.timeouts == 0) return;
    for (SimulatedEndpoint* const endpoint : run_.world.endpoints) {
      if (clock_.deadlineOf(*endpoint) == NoDeadline) continue;
      add({Candidate::What::Expire, Candidate::NoTime, endpoint->deadline, endpoint});
    }
  }
  void addCrashes() {
    if (faults_.crashes == 0) return;
    for (SimulatedEndpoint* const endpoint : mortals()) addCrash(*endpoint);
  }
  void addCrash(SimulatedEndpoint& endpoint) {
    add({Candidate::What::Crash, Candidate::NoTime, endpoint.crash, &endpoint});
  }

  SimulatedRun& run_;
  Turn& turn_;
  Observers const& observers_;
  VirtualClock const& clock_;
  FaultBudget const& faults_;
  Candidates& found_;
};

}  // namespace tincan::inline abi0::testing::detail
