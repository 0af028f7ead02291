// tincan/testing/detail/simulate/cycle_watch.hpp - notes what has to do with cycles of waits
#pragma once

#include <cstddef>
#include <utility>

#include <tincan/testing/detail/simulate/cycles.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>

namespace tincan::inline abi0::testing::detail {

/// Finds the cycles of waits in a run, and touches those that earlier runs have found.
class CycleWatch {
 public:
  /// `cycles`: those of all runs of an exploration; null: there is none.
  CycleWatch(SimulatedRun& run, Cycles* cycles) noexcept : run_(run), cycles_(cycles) {}

  /// Notes the begin or end of a wait that was part of a cycle in an earlier run.
  void waits(EndpointCore const& sender, EndpointCore const& target) const {
    if (cycles_ == nullptr || cycles_->size() == 0) return;
    cycles_->with(edge(sender, target), [&](std::size_t number) { run_.touches.cycle(number); });
  }
  /// Notes that whoever waits for that endpoint waits for something else now, or no longer.
  void suspends(EndpointCore const& core) const {
    if (cycles_ == nullptr || cycles_->size() == 0) return;
    cycles_->with(core.displayName(), [&](std::size_t number) { run_.touches.cycle(number); });
  }
  /// Takes for the cycle all that wait now, also those that do not belong to it: they only conflict
  /// more.
  void closed(EndpointCore const& sender, EndpointCore const& target) const {
    if (run_.state.isOver) return;
    run_.noteWaits();
    run_.note(sender.name, "would wait for '" + target.displayName() + "': Deadlock");
    if (cycles_ == nullptr) return;
    Cycles::Edges cycle{edge(sender, target)};
    for (Frame const* const frame : run_.frames.all) {
      if (frame->kind != Frame::Kind::Wait) continue;
      cycle.insert(edge(frame->wait->sender, frame->wait->target));
    }
    cycles_->add(std::move(cycle));
  }

 private:
  static Cycles::Edge edge(EndpointCore const& sender, EndpointCore const& target) {
    return {sender.displayName(), target.displayName()};
  }

  SimulatedRun& run_;
  Cycles* const cycles_;
};

}  // namespace tincan::inline abi0::testing::detail
