// tincan/testing/detail/simulate/simulated_effects.hpp - what the code of a simulation tells of itself
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <tincan/detail/drive/effect_log.hpp>
#include <tincan/testing/detail/simulate/cycles.hpp>
#include <tincan/testing/detail/simulate/observers.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/turn.hpp>

namespace tincan::inline abi0::testing::detail {

/// Notes for the search what production says that it touches, and for the observers what dies.
class SimulatedEffects final : public tincan::detail::EffectLog {
 public:
  using Slot = tincan::detail::AnswerSlot;

  /// `cycles`: those of all runs of an exploration; null: there is none.
  SimulatedEffects(SimulatedRun& run, Turn const& turn, Observers& observers,
                   Cycles* cycles) noexcept
      : run_(run), turn_(turn), observers_(observers), cycles_(cycles) {}

  void looksAtLife(EndpointCore const& core) noexcept override {
    run_.touches.life(SimulatedEndpoint::of(core), AccessKind::Reads);
  }
  void looksAtEndpoints() noexcept override { run_.touches.endpoints(AccessKind::Reads); }
  void looksForRoom(MessageLane& lane) noexcept override {
    run_.touches.room(SimulatedLane::of(lane));
  }

  void refuses() noexcept override { observers_.refuses(); }
  void deadLetter(Errc reason, std::string_view channel, std::string_view from,
                  std::string_view to) noexcept override {
    observers_.died(reason, channel, from, to);
  }

  std::uint64_t waitBegins(EndpointCore const& sender,
                           EndpointCore const& target) noexcept override {
    touchCycles(sender, target);
    return ++waits_;
  }
  void waitEnds(EndpointCore const& sender, EndpointCore const& target) {
    touchCycles(sender, target);
  }
  /// Takes for the cycle all that wait now, also those that do not belong to it: they only conflict
  /// more.
  void cycleClosed(EndpointCore const& sender, EndpointCore const& target) override {
    if (cycles_ == nullptr || run_.state.isOver) return;
    Cycles::Edges cycle{edge(sender, target)};
    for (Frame const* const frame : run_.frames.all) {
      if (frame->kind != Frame::Kind::Wait) continue;
      cycle.insert(edge(frame->wait->sender, frame->wait->target));
    }
    cycles_->add(std::move(cycle));
  }

  void answers(Slot const& slot) noexcept override {
    if (run_.isReordered) run_.causality.answers(slot, turn_.endpoint());
  }
  void looksAtRequester(Slot const& slot) noexcept override {
    touchRequest(slot, AccessKind::Reads);
  }
  void looksForAnswer(Slot const& slot) noexcept override {
    touchRequest(slot, AccessKind::Writes);
  }
  void tookAnswer(Slot const& slot, EndpointCore& asked) noexcept override {
    if (!run_.isReordered) return;
    run_.causality.tookAnswer(slot, SimulatedEndpoint::of(asked), turn_.endpoint());
  }

 private:
  static Cycles::Edge edge(EndpointCore const& sender, EndpointCore const& target) {
    return {sender.displayName(), target.displayName()};
  }
  /// Notes the begin or end of a wait that was part of a cycle in an earlier run.
  void touchCycles(EndpointCore const& sender, EndpointCore const& target) {
    if (cycles_ == nullptr || cycles_->size() == 0) return;
    cycles_->with(edge(sender, target), [&](std::size_t number) { run_.touches.cycle(number); });
  }
  void touchRequest(Slot const& slot, AccessKind kind) {
    if (!run_.isReordered) return;
    Causality::Request const& request = run_.causality.requestOf(slot);
    if (request.by != nullptr) run_.touches.request(*request.by, request.number, kind);
  }

  SimulatedRun& run_;
  Turn const& turn_;
  Observers& observers_;
  Cycles* const cycles_;
  std::uint64_t waits_ = 0;  // that have begun
};

}  // namespace tincan::inline abi0::testing::detail
