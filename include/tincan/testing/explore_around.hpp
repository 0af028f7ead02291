// tincan/testing/explore_around.hpp - runs a test as it was recorded on threads, and then in orders near to that
#pragma once

#include <functional>

#include <tincan/testing/options.hpp>
#include <tincan/testing/recording.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing {
/// Runs `body` on a simulation in the order of a recording, as replay() does, and then, as explore() does, in the
/// orders with the fewest deviations from that one, up to `bound` of them: what is likely on threads comes first.
/// Another strategy than Exhaustive, which would have no reason to begin there, is taken as it is; its usual order is
/// the recorded one.
///
/// The result is that of the replay if that leaves the recording or fails, else that of the exploration. A token of
/// it, also in TINCAN_SIM_REPLAY, counts from the recorded order: it fits where the recording is at hand.
///
///   Threads   The calling one; bodies that block have stacks of their own.
Result exploreAround(Recording const& recording, std::function<void(Simulation&)> body,
                     Options options = {});

}  // namespace tincan::inline abi0::testing

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/testing/explore_around.ipp>
#endif
