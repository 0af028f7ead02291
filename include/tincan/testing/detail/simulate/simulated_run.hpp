// tincan/testing/detail/simulate/simulated_run.hpp - all that is noted of one run of a simulation
#pragma once

#include <vector>

#include <tincan/testing/detail/report/report.hpp>
#include <tincan/testing/detail/simulate/blocked_frames.hpp>
#include <tincan/testing/detail/simulate/candidate_list.hpp>
#include <tincan/testing/detail/simulate/causality.hpp>
#include <tincan/testing/detail/simulate/delivery_log.hpp>
#include <tincan/testing/detail/simulate/run_state.hpp>
#include <tincan/testing/detail/simulate/touches.hpp>
#include <tincan/testing/detail/simulate/world.hpp>

namespace tincan::inline v0::testing::detail {

/// The parts of a run, which do not know one another. A run leaves them, empty but with their
/// memory, to the next one.
struct SimulatedRun {
  void clear() {
    world.clear();
    frames.clear();
    candidates.clear();
    log.clear();
    causality.clear();
    touches.clear();
    state = {};
    notes.clear();
  }

  /// What that endpoint has asked for and nobody has begun may never run.
  void touchRequestsBy(SimulatedEndpoint const& by) {
    for (Causality::Request const& request : causality.requests()) {
      if (request.by == &by) touches.request(by, request.number, AccessKind::Writes);
    }
  }

  World world;
  BlockedFrames frames;
  CandidateList candidates;
  DeliveryLog log;
  Causality causality;
  Touches touches;
  RunState state;
  std::vector<Note> notes;  // what happened besides messages
};

}  // namespace tincan::inline v0::testing::detail
