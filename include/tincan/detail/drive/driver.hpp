// tincan/detail/drive/driver.hpp - what runs a bus instead of threads
//
// A bus in production has no driver: its endpoints run on the threads that poll them, and nothing
// here is asked. The simulation of tincan/testing.hpp gives its bus one, before the bus has any
// endpoint. The way to it is always a slow path of production: lanes of such a bus are never listed,
// its endpoints are never simply open, each belongs to a token that no thread has by itself.
#pragma once

#include <tincan/detail/drive/effect_log.hpp>
#include <tincan/detail/drive/executor.hpp>
#include <tincan/detail/drive/ownership.hpp>

namespace tincan::inline abi0::detail {

/// The three parts of a driver.
///
///   Lifetime  Outlives the endpoints of its bus, but for those that are closed.
struct Driver {
  Executor& executor;
  Ownership& ownership;
  EffectLog& effects;
};

}  // namespace tincan::inline abi0::detail
