// tincan/testing/detail/simulate/simulated_ownership.hpp - whose the endpoints of a simulation are
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <tincan/detail/drive/ownership.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/testing/detail/simulate/fault_budget.hpp>
#include <tincan/testing/detail/simulate/observers.hpp>
#include <tincan/testing/detail/simulate/recycling.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/turn.hpp>

namespace tincan::inline abi0::testing::detail {

/// Keeps the world of a run: what is made, and what is closed. Each endpoint belongs to a token that
/// no thread has by itself, so that only what runs in its name may use it.
class SimulatedOwnership final : public tincan::detail::Ownership {
 public:
  SimulatedOwnership(SimulatedRun& run, Turn const& turn, Observers& observers,
                     FaultBudget const& faults) noexcept
      : run_(run), turn_(turn), observers_(observers), faults_(faults) {}

  std::shared_ptr<EndpointCore> makeEndpoint(std::shared_ptr<tincan::detail::BusCore> bus,
                                             std::string name, std::uint64_t id,
                                             InboxOptions const& options) override {
    return std::allocate_shared<EndpointCore>(RecyclingAllocator<EndpointCore>(), std::move(bus),
                                              std::move(name), id, options);
  }
  std::shared_ptr<MessageLane> makeLane(std::shared_ptr<EndpointCore> from,
                                        std::shared_ptr<EndpointCore> to) override {
    return std::allocate_shared<RecycledLane>(RecyclingAllocator<RecycledLane>(), std::move(from),
                                              std::move(to));
  }

  void added(std::shared_ptr<EndpointCore> const& core) override {
    World& world = run_.world;
    SimulatedEndpoint& endpoint = world.addEndpoint();
    endpoint.core = core;
    endpoint.family = turn_.family();
    run_.touches.endpoints(AccessKind::Writes);
    if (run_.isReordered) run_.causality.changesEndpoints(turn_.endpoint());
    core->driven = &endpoint;
    observers_.met(endpoint);
    if (core->isNobody()) return;
    if (faults_.crashes != 0 && core->id > 1) {
      endpoint.crash = world.newSource();
      run_.touches.announce(endpoint.crash);
    }
    if (faults_.hadAny) endpoint.deadline = world.newSource();
    endpoint.isBound = core->id == 1;                // main is polled by who has made the bus
    endpoint.isPumped = endpoint.family == nullptr;  // a body runs its own
    using tincan::detail::ThreadToken;
    endpoint.token = std::allocate_shared<ThreadToken>(RecyclingAllocator<ThreadToken>());
    endpoint.part.token = endpoint.token.get();
    endpoint.part.clock = turn_.firstClock();
    endpoint.part.driver = core->bus->driver();
    core->drive(endpoint, endpoint.token);
  }

  void laneMade(std::shared_ptr<MessageLane> const& real) override {
    SimulatedLane& lane = run_.world.addLane();
    lane.real = real;
    lane.from = &SimulatedEndpoint::of(real->senderCore());
    lane.to = &SimulatedEndpoint::of(*real->receiver);
    if (real->readerLocks) run_.isForwardable = false;
    real->driven = &lane;
    lane.to->lanes.push_back(&lane);
  }

  void closed(EndpointCore& core) noexcept override {
    run_.world.closing.push_back(&SimulatedEndpoint::of(core));
  }

  void released(EndpointCore& core) noexcept override {
    SimulatedEndpoint& endpoint = SimulatedEndpoint::of(core);
    endpoint.isPumped = endpoint.isBound = false;
    run_.touches.life(endpoint, AccessKind::Writes);
  }
  void settled(EndpointCore& core) noexcept override {
    if (!isOwn(core)) take(SimulatedEndpoint::of(core));
  }
  void bound(EndpointCore& core) noexcept override {
    SimulatedEndpoint& endpoint = SimulatedEndpoint::of(core);
    if (!std::exchange(endpoint.isBound, true)) take(endpoint);
  }

  void checkCaller() const override { turn_.checkCaller(); }
  bool mayUse(EndpointCore const& core) const noexcept override {
    if (turn_.isOwn(core)) return true;
    if (turn_.isHere()) run_.touches.life(SimulatedEndpoint::of(core), AccessKind::Reads);
    return turn_.mayUse(core);
  }
  bool isBoundHere(EndpointCore const& core) const noexcept override {
    return isOwn(core) && SimulatedEndpoint::of(core).isBound;
  }
  bool isOwn(EndpointCore const& core) const noexcept override { return turn_.isOwn(core); }
  void const* whoRuns() const noexcept override {
    return turn_.family() == nullptr ? nullptr : &turn_.family()->part;
  }
  bool mayLeave(EndpointCore const& core) const noexcept override { return turn_.mayLeave(core); }
  EndpointCore& callerOf(tincan::detail::RunningHook const& call) const noexcept override {
    for (SimulatedEndpoint const* const endpoint : run_.world.endpoints) {
      if (endpoint == turn_.family()) continue;  // it runs
      for (auto const* one = endpoint->hooks; one != nullptr; one = one->outer) {
        if (one == &call) return *endpoint->core;
      }
    }
    return *run_.world.endpoints.front()->core;
  }

 private:
  /// Gives it to the thread that runs now. The simulation handles what comes to those of the test; bodies run theirs.
  void take(SimulatedEndpoint& endpoint) noexcept {
    endpoint.family = turn_.family();
    endpoint.isPumped = endpoint.family == nullptr;
    run_.touches.life(endpoint, AccessKind::Writes);
  }

  SimulatedRun& run_;
  Turn const& turn_;
  Observers& observers_;
  FaultBudget const& faults_;
};

}  // namespace tincan::inline abi0::testing::detail
