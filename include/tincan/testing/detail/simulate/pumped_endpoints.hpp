// tincan/testing/detail/simulate/pumped_endpoints.hpp - endpoints that run beside another one of their thread
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/simulated_endpoint.hpp>

namespace tincan::inline abi0::testing::detail {

/// While it lives, the messages of these endpoints may be handled, on the thread of the first one.
struct PumpedEndpoints {
  PumpedEndpoints(SimulatedEndpoint& first, std::span<EndpointCore* const> others) {
    if (others.empty()) return;
    add(first, first, first.isPumped);
    for (EndpointCore* const other : others) add(SimulatedEndpoint::of(*other), first, true);
  }
  ~PumpedEndpoints() {
    for (Before const& one : before_) {
      one.endpoint->isPumped = one.wasPumped;
      one.endpoint->runsWith = one.ranWith;
      one.endpoint->servedInside = one.wasInside;
    }
  }
  PumpedEndpoints(PumpedEndpoints const&) = delete;
  PumpedEndpoints& operator=(PumpedEndpoints const&) = delete;

  std::span<SimulatedEndpoint* const> all() const noexcept { return all_; }

 private:
  struct Before {
    SimulatedEndpoint* endpoint;
    bool wasPumped;
    SimulatedEndpoint* ranWith;
    unsigned wasInside;
  };

  void add(SimulatedEndpoint& endpoint, SimulatedEndpoint& first, bool isPumped) {
    all_.push_back(&endpoint);
    before_.push_back({&endpoint, std::exchange(endpoint.isPumped, isPumped),
                       std::exchange(endpoint.runsWith, &first),
                       std::exchange(endpoint.servedInside, first.inside)});
  }

  std::vector<SimulatedEndpoint*> all_{};
  std::vector<Before> before_{};
};

}  // namespace tincan::inline abi0::testing::detail
