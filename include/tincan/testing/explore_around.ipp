// tincan/testing/explore_around.ipp - runs a test near to how it was recorded on threads: the bodies
#pragma once

#include <functional>
#include <memory>

#include <tincan/detail/base/inline.hpp>
#include <tincan/testing/detail/simulate/follower.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>
#include <tincan/testing/explore.hpp>
#include <tincan/testing/explore_around.hpp>
#include <tincan/testing/options.hpp>
#include <tincan/testing/recording.hpp>
#include <tincan/testing/replay.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing {

TINCAN_INLINE Result exploreAround(Recording const& recording,
                                   std::function<void(Simulation&)> body, Options options) {
  Result recorded = replay(recording, body, options);
  if (!recorded) return recorded;
  if (options.strategy == Options::Strategy::Exhaustive && options.replay.empty()) {
    options.strategy = Options::Strategy::Bounded;
  }
  auto const around = [&recording, &body](Simulation& sim) {
    detail::SimulationAccess::scheduler(sim).joinAndDecide(
        std::make_shared<detail::Follower>(recording, detail::Follower::Mode::First));
    body(sim);
  };
  return explore(around, options);
}

}  // namespace tincan::inline abi0::testing
