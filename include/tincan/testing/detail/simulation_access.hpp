// tincan/testing/detail/simulation_access.hpp - what lies behind a simulation
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <tincan/detail/dispatch/bus_endpoints.hpp>
#include <tincan/testing/detail/simulation.hpp>

namespace tincan::inline v0::testing::detail {

struct SimulationAccess {
  static Scheduler& scheduler(Simulation& simulation) noexcept { return simulation.scheduler_; }
  static std::shared_ptr<Faults>& faults(Simulation& simulation) noexcept {
    return simulation.faults_;
  }

  static EndpointCore& core(Endpoint const& endpoint) {
    return *tincan::detail::PeerAccess::core(endpoint.peer());
  }
  /// The oldest open endpoint of that name; or null.
  static std::shared_ptr<EndpointCore> find(Simulation& simulation, std::string_view name) {
    return core(simulation.bus().main()).bus->find(name, nullptr);
  }
  /// The same; throws if there is none.
  static std::shared_ptr<EndpointCore> get(Simulation& simulation, std::string_view name) {
    if (auto found = find(simulation, name)) return found;
    throw std::invalid_argument("tincan: there is no endpoint '" + std::string(name) + "'");
  }
};

}  // namespace tincan::inline v0::testing::detail
