// tincan/testing/detail/simulate/doing.hpp - what the only thread of a simulation does now
#pragma once

#include <cstdint>

#include <tincan/testing/detail/simulate/simulated_endpoint.hpp>

namespace tincan::inline abi0::testing::detail {

/// The code that runs, for the last words of a test. Endless loops and crashes happen in it.
struct Doing {
  enum class What {
    Test,      ///< the test's own code, also claims
    Message,   ///< handlers of the message that is last in the log
    Other,     ///< a posted function, or what follows an answer
    Timer,     ///< what a timer runs
    Body,      ///< a body that has begun
    Continues  ///< code that had blocked
  } what = What::Test;
  SimulatedEndpoint const* endpoint = nullptr;
};

}  // namespace tincan::inline abi0::testing::detail
