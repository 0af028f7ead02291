// tincan/testing/detail/simulate/standstill.hpp - what comes when nothing happens by itself
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#include <tincan/detail/base/narrowed.hpp>
#include <tincan/testing/detail/simulate/step_finder.hpp>
#include <tincan/testing/detail/simulate/step_picker.hpp>
#include <tincan/testing/detail/simulate/step_runner.hpp>
#include <tincan/testing/failure.hpp>

namespace tincan::inline abi0::testing::detail {

/// Decides what comes next once there are no candidates: a deadline passes, a wait is hopeless, the
/// test goes on, or the run is over.
class Standstill {
 public:
  Standstill(SimulatedRun& run, Observers const& observers, VirtualClock& clock,
             FaultBudget& faults, Claims& claims, StepFinder& finder, StepPicker& picker,
             StepRunner& runner) noexcept
      : run_(run),
        observers_(observers),
        clock_(clock),
        faults_(faults),
        claims_(claims),
        finder_(finder),
        picker_(picker),
        runner_(runner) {}

  /// Deadlines up to then pass while the test waits for it. `stepsOfEach`: so many steps may come at each of
  /// these moments, instead of so many in all; 0: they are limited in all.
  void passDeadlinesUntil(Nanoseconds until, std::uint64_t stepsOfEach) noexcept {
    passesUntil_ = until;
    stepsOfEach_ = stepsOfEach;
  }

  /// Makes something happen. False: the test goes on. `isStep`: it waits for no more than one
  /// message.
  bool pass(bool isStep) {
    if (run_.state.isOver) return run_.frames.giveUpAll();
    if (isStep) return false;
    if (passDeadline() || run_.frames.letPausesGoOn()) return true;
    if (mayTestAct() && observers_.mayLetGo(clock_.now())) return false;
    if (endByObserver()) return true;
    if (Frame* const tests = run_.frames.test) {
      run_.frames.giveUp(*tests, run_.frames.text());
      return true;
    }
    if (giveUpHopeless()) return true;
    if (!run_.state.isTestDone) return false;
    if (!mayCrash()) endRun();
    return true;
  }

  /// Closes the bus, if it is open: from now on everybody ends.
  void closeBus() {
    if (std::exchange(run_.state.isOver, true)) return;
    run_.touches.turnOff();
    World& world = run_.world;
    for (Body* const body : world.bodies) {
      if (body->task == nullptr) continue;
      auto const task = world.take(*body);
      body->endpoint->core->disown();
    }
    if (!world.endpoints.empty()) world.endpoints.front()->core->bus->close();
  }

 private:
  bool mayTestAct() const noexcept { return run_.frames.test == nullptr && !run_.state.isTestDone; }

  bool passDeadline() {
    Nanoseconds const next = clock_.nextDeadline();
    if (next == NoDeadline || (mayTestAct() && next > passesUntil_)) return false;
    using TimeMay = StepObserver::TimeMay;
    TimeMay const may = observers_.mayTimePass();
    if (may == TimeMay::NotPass) return false;
    bool const isWaitedFor = !run_.state.isTestDone || run_.frames.hasWait() ||
                             clock_.hasDeadlineThatEnds() || may == TimeMay::Pass;
    if (!isWaitedFor) return false;  // or timers that repeat would keep the run alive for ever
    SimulatedEndpoint* const whose = faults_.hadAny ? withDeadline(next) : nullptr;
    if (whose == nullptr) {  // else it is a step like others
      if (stepsOfEach_ != 0 && next > clock_.now()) run_.stepsLeft = stepsOfEach_;
      clock_.passTo(next);
    } else {
      happenOneOf(finder_.collectDeadline(*whose));
    }
    return true;
  }
  /// The endpoint whose deadline that is; null: it is an observer's.
  SimulatedEndpoint* withDeadline(Nanoseconds deadline) const {
    auto const& all = run_.world.endpoints;
    auto const first = std::find_if(all.begin(), all.end(), [&](SimulatedEndpoint const* one) {
      return clock_.deadlineOf(*one) == deadline;
    });
    return first == all.end() ? nullptr : *first;
  }

  /// Ends the run for an observer's reason, if there is one.
  bool endByObserver() {
    if (std::string const complaint = observers_.complaint(); !complaint.empty()) {
      run_.state.fail(std::make_exception_ptr(Failure(complaint)));
      return true;
    }
    bool const waits = run_.frames.test != nullptr || run_.frames.hasWait();
    if (!waits || !observers_.endRun()) return false;
    claims_.lookAtEnd();
    if (run_.state.failure == nullptr) closeBus();
    return true;
  }

  bool giveUpHopeless() {
    std::string sentence = run_.frames.giveUpHopeless(run_.state.isTestDone);
    if (sentence.empty() && run_.state.isTestDone) sentence = run_.frames.hopelessPauses();
    if (sentence.empty()) return false;
    run_.noteWaits();
    run_.state.noteDeadlock(sentence);
    if (run_.state.isTestDone) run_.state.fail(std::make_exception_ptr(stuck(sentence)));
    return true;
  }

  /// Lets one of those that live crash at the end of a run, if the search chooses that. Where else it
  /// may crash follows from what that changes.
  bool mayCrash() {
    if (!picker_.isExplored() || faults_.crashes == 0) return false;
    auto const alive = finder_.mortals();
    auto const chosen =
        tincan::detail::narrowed<std::size_t>(alive.empty() ? 0 : picker_.choose(alive.size() + 1));
    if (chosen == 0) {
      faults_.crashes = 0;
      return false;
    }
    happenOneOf(finder_.collectCrash(*alive[chosen - 1]));
    return true;
  }

  /// Lets one of the candidates happen, though it is nothing that others wait for.
  void happenOneOf(StepFinder::Candidates const& candidates) {
    auto const index = picker_.pick(candidates);
    if (index.has_value()) runner_.happen(candidates[*index]);
    else run_.state.isGivenUp = true;
  }

  void endRun() {
    claims_.lookAtEnd();
    run_.endsWaiting();
    if (picker_.isExplored()) picker_.record();
    if (run_.state.failure == nullptr) closeBus();
  }

  SimulatedRun& run_;
  Observers const& observers_;
  VirtualClock& clock_;
  FaultBudget& faults_;
  Claims& claims_;
  StepFinder& finder_;
  StepPicker& picker_;
  StepRunner& runner_;
  Nanoseconds passesUntil_ = 0;
  std::uint64_t stepsOfEach_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail
