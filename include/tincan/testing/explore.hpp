// tincan/testing/explore.hpp - runs a test under every order of messages that can be told apart
#pragma once

#include <functional>

#include <tincan/testing/options.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing {
/// Runs `body` on a simulation, and then until idle, under every order of messages that leads to
/// another outcome: again and again, from the start. What it does must depend on nothing else. The
/// first run that fails ends it: the shortest one like it is shown on stderr, with the line that
/// runs it again. A failed assertion of the test's framework leaves here as what it was thrown.
///
///   Threads   The calling one, and with `cores` others; bodies that block have stacks of their own.
///   Errors    std::invalid_argument for a token, a checkpoint or a variable of the environment that is none, or that
///             does not fit; std::runtime_error if the checkpoint cannot be written.
Result explore(std::function<void(Simulation&)> body, Options options = {});

}  // namespace tincan::inline abi0::testing

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/testing/explore.ipp>
#endif
