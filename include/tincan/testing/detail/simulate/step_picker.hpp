// tincan/testing/detail/simulate/step_picker.hpp - asks the search which step comes next
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/simulate/candidate.hpp>
#include <tincan/testing/detail/simulate/fault_budget.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/step_finder.hpp>
#include <tincan/testing/detail/simulate/step_repeater.hpp>

namespace tincan::inline abi0::testing::detail {

/// Picks among candidates: what the search wants; without one, or at the end of a run, the first.
class StepPicker {
 public:
  StepPicker(SimulatedRun& run, StepFinder& finder, FaultBudget const& faults,
             ScheduleSearch* search) noexcept
      : run_(run),
        finder_(finder),
        repeater_(run, finder, faults),
        faults_(faults),
        search_(search) {}

  bool isExplored() const noexcept { return search_ != nullptr; }

  /// Takes the next step, as in an earlier run, if nobody needs to see what else is possible. False: all steps are to be
  /// collected, and pick() is to be asked.
  bool repeats(Candidate& next) {
    if (!finds(next)) return false;
    goOn();
    return true;
  }
  /// Whether the interrupted code, as in an earlier run, goes on, or another step comes, which is `next`. Nothing: as
  /// above.
  std::optional<bool> repeats(Frame const& interrupted, Candidate& next) {
    if (!finds(next)) return std::nullopt;
    if (!repeater_.hasOthers(interrupted)) return true;
    goOn();
    return next.frame == &interrupted;
  }

  /// Picks one of them. Nothing: the rest of the run was explored before.
  std::optional<std::size_t> pick(std::span<Candidate const> candidates) {
    if (search_ == nullptr || run_.state.isOver) return 0;
    record();
    std::vector<Step>& steps = run_.steps;
    steps.clear();
    for (Candidate const& one : candidates) steps.push_back(stepOf(one));
    return search_->pick(steps);
  }
  /// Tells the search what the step before, and the test since, have touched and sent.
  void record() {
    if (faults_.hadAny) finder_.announceDeadlines();
    run_.touches.recordInto(*search_);
  }
  /// Chooses one of 0..n-1.
  std::uint64_t choose(std::uint64_t n) {
    return search_ == nullptr || run_.state.isOver ? 0 : search_->choose(n);
  }

 private:
  static constexpr std::uint32_t TestItself = Nothing - 1;  // in the place of an endpoint's number

  bool finds(Candidate& next) {
    Source const source = search_ == nullptr ? Nothing : search_->expected();
    return source != Nothing && repeater_.mayRepeat() && repeater_.find(source, next);
  }
  void goOn() {
    search_->goOn();
    run_.touches.mute();
  }

  Step stepOf(Candidate const& one) const {
    std::uint32_t const endpoint = one.endpoint == nullptr ? TestItself : one.endpoint->index;
    bool const isDelivery = one.what == Candidate::What::Deliver;
    bool const isOrdered = isDelivery && run_.causality.isOrdered(*one.lane);
    bool const isBlocked = one.endpoint != nullptr && !one.endpoint->mayTakeMessages();
    return {one.source, endpoint, isOrdered, isDelivery, isBlocked};
  }

  SimulatedRun& run_;
  StepFinder& finder_;
  StepRepeater repeater_;
  FaultBudget const& faults_;
  ScheduleSearch* const search_;
};

}  // namespace tincan::inline abi0::testing::detail
