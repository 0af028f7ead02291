// tincan/testing/replay.hpp - runs a simulation in the order of a recording
#pragma once

#include <functional>

#include <tincan/testing/options.hpp>
#include <tincan/testing/recording.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing {
/// Runs `body` on a simulation, in which each endpoint takes the messages of the recording in the
/// recorded order, and none after that; the run ends there. `body` sets up what was recorded: the
/// same code, with bus() in the place of the real bus.
///
/// Posted functions, messages of ports, and answers that something follows come where they were recorded; timers run
/// and deadlines pass there, and nowhere else. (In a recording that is not full they come as early as may be.) Quits come when all messages have. Not
/// followed is which messages a limited inbox refused, nor which deadline passes first of several that were set at
/// different times: no time passes between.
///
/// The result is not ok, with a sentence about the first message that is missing or another one, or about the first
/// look (for an answer, whether a peer is alive, whether a request is cancelled) that finds another state than the
/// recorded one, if the run cannot follow; or with what body, a handler or a claim threw. An assertion of the test's
/// framework leaves as what it was thrown.
///
///   Threads   The calling one; bodies that block have stacks of their own.
Result replay(Recording const& recording, std::function<void(Simulation&)> body,
              Options options = {});

}  // namespace tincan::inline abi0::testing

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/testing/replay.ipp>
#endif
