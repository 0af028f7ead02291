// tincan/testing/detail/simulate/step_repeater.hpp - finds a step that an earlier run has made, without a look at others
#pragma once

#include <algorithm>

#include <tincan/testing/detail/simulate/candidate.hpp>
#include <tincan/testing/detail/simulate/fault_budget.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/step_finder.hpp>

namespace tincan::inline abi0::testing::detail {

/// Finds the steps with which a run begins as an earlier one did.
class StepRepeater {
 public:
  StepRepeater(SimulatedRun& run, StepFinder& finder, FaultBudget const& faults) noexcept
      : run_(run), finder_(finder), hasFaults_(faults.hadAny) {}

  /// Whether steps can be told by their sources alone. What else could happen leaves no trace then: there are no
  /// faults, observers, timers, or lanes that drop messages.
  bool mayRepeat() const {
    if (hasFaults_ || run_.state.isOver || run_.isObserved || !run_.isForwardable) return false;
    auto const& all = run_.world.endpoints;
    return std::none_of(all.begin(), all.end(), [](SimulatedEndpoint const* one) {
      return one->core->continuations.hasTimers();
    });
  }

  /// Finds the one step that comes from that source. First ends what is over. False: it takes a look at all.
  bool find(Source source, Candidate& found) {
    finder_.settle();
    if (SimulatedLane* const lane = run_.world.laneOf(source)) {
      found = {Candidate::What::Deliver, 0, source, lane->to, lane};
      return !lane->empty() && lane->to->isPumped && !lane->to->core->isClosed();
    }
    unsigned count = 0;
    for (Frame* const frame : run_.frames.all) {
      if (frame->source != source) continue;
      bool const goesOn = frame->overSince != 0 || frame->kind == Frame::Kind::Interruption;
      count += goesOn ? 1 : 2;
      found = {Candidate::What::GoOn, 0, source, frame->runs, nullptr, nullptr, frame};
    }
    for (Body* const body : run_.world.bodies) {
      if (body->source != source || body->task == nullptr) continue;
      ++count;
      found = {Candidate::What::Begin, 0, source, body->endpoint, nullptr, body};
    }
    return count == 1;
  }

  /// Whether anything may happen besides that the interrupted code goes on. To be called after find().
  bool hasOthers(Frame const& interrupted) const {
    World const& world = run_.world;
    if (world.unbegun != 0) return true;
    for (SimulatedEndpoint const* const to : world.endpoints) {
      if (to->waiting == 0 || !finder_.isServed(*to)) continue;
      for (SimulatedLane* const lane : to->lanes) {
        if (lane->hasNext(run_.causality.clocks)) return true;
      }
    }
    return std::any_of(run_.frames.all.begin(), run_.frames.all.end(), [&](Frame const* frame) {
      return frame != &interrupted &&
             (frame->overSince != 0 || frame->kind == Frame::Kind::Interruption ||
              (frame->kind == Frame::Kind::Poll && finder_.mayEndPoll(*frame)));
    });
  }

 private:
  SimulatedRun& run_;
  StepFinder& finder_;
  bool const hasFaults_;
};

}  // namespace tincan::inline abi0::testing::detail
