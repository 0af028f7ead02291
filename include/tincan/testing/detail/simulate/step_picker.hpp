// tincan/testing/detail/simulate/step_picker.hpp - asks the search which step comes next
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/simulate/fault_budget.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/step_finder.hpp>

namespace tincan::inline v0::testing::detail {

/// Picks among the candidates: what the search wants; without one, or at the end of a run, the first.
class StepPicker {
 public:
  StepPicker(SimulatedRun& run, StepFinder& finder, FaultBudget const& faults,
             ScheduleSearch* search) noexcept
      : run_(run), finder_(finder), faults_(faults), search_(search) {}

  bool isExplored() const noexcept { return search_ != nullptr; }

  /// Nothing: the rest of the run was explored before.
  std::optional<std::size_t> pick() {
    if (!asksSearch()) return 0;
    record();
    return run_.candidates.pick(*search_, run_.causality);
  }
  /// Tells the search what the step before, and the test since, have touched and sent.
  void record() {
    if (faults_.hadAny) finder_.announceDeadlines();
    run_.touches.recordInto(*search_);
  }
  /// One of 0..n-1.
  std::uint64_t choose(std::uint64_t n) { return asksSearch() ? search_->choose(n) : 0; }

 private:
  bool asksSearch() const noexcept { return search_ != nullptr && !run_.state.isOver(); }

  SimulatedRun& run_;
  StepFinder& finder_;
  FaultBudget const& faults_;
  ScheduleSearch* const search_;
};

}  // namespace tincan::inline v0::testing::detail
